"""Browsers that are signed in: Django's own sessions, whose rows say whose they are and from where they are used.

The row is the session, so that reading who is signed in costs no query more, and deleting it ends it at once.
"""

import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from studio.accounts.models import LONGEST_USER_AGENT, Session
from studio.accounts.sign_in.limits import address

log = logging.getLogger(__name__)

# When a browser was last seen is kept to the minute: writing it on each request would make every read a write.
SEEN_GRAIN = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """The engine that SESSION_ENGINE names."""

    user_agent = ""
    address: str | None = None
    # As it lies in the database, once it was read or written.
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    # Its stubs leave the two out.
    def _get_session_from_db(self) -> Session | None:
        self.row = super()._get_session_from_db()  # type: ignore[misc]
        return self.row

    async def _aget_session_from_db(self) -> Session | None:
        self.row = await super()._aget_session_from_db()  # type: ignore[misc]
        return self.row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)
        owner = data.get(SESSION_KEY)
        made.user_id = int(owner) if owner else None
        made.user_agent, made.address = self.user_agent, self.address
        # A new key, as after a new password, is the same session; another person is not.
        if self.row is not None and self.row.user_id == made.user_id:
            made.started_at = self.row.started_at
        self.row = made
        return made

    def touch(self) -> None:
        """Note that the browser was seen, and from where."""
        now = timezone.now()
        if self.row is None or self.row.user_id is None or self.row.seen_at > now - SEEN_GRAIN:
            return
        seen = Session.objects.filter(pk=self.row.pk)
        try:
            seen.update(seen_at=now, user_agent=self.user_agent, address=self.address)
        except DatabaseError:
            # What the person asked for is done, and its answer is not lost for this.
            log.warning("When a browser was last seen could not be kept.", exc_info=True)


class Sessions(SessionMiddleware):
    """Tells a session from where it is used."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        assert isinstance(request.session, SessionStore)
        request.session.user_agent = request.headers.get("User-Agent", "")[:LONGEST_USER_AGENT]
        request.session.address = address(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answered = super().process_response(request, response)
        # After an error of the server PostgreSQL may be away.
        if isinstance(request.session, SessionStore) and response.status_code < 500:
            request.session.touch()
        return answered
