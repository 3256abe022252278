"""Settings: the browsers that I am signed in with."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from studio.accounts.access import asker, signed_in
from studio.accounts.models import Session
from studio.words import counted


def mine(request: HttpRequest) -> QuerySet[Session]:
    """Those that are open, the last seen first."""
    return asker(request).sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_at", "-started_at")


def others(request: HttpRequest) -> QuerySet[Session]:
    return mine(request).exclude(pk=request.session.session_key)


def rows(request: HttpRequest) -> list[tuple[Session, bool]]:
    """Each with whether it is this one, which comes first."""
    found = [(one, one.pk == request.session.session_key) for one in mine(request).defer("session_data")]
    return sorted(found, key=lambda row: not row[1])


def sessions(request: HttpRequest) -> HttpResponse:
    """Where they had a page of their own."""
    return redirect("settings", permanent=True)


@require_POST
@signed_in
def session_end(request: HttpRequest, reference: str) -> HttpResponse:
    """Another browser is signed out. This one signs out by its menu."""
    found = next((session for session in others(request) if session.reference == reference), None)
    if found is None:
        raise Http404("No such session.")
    found.delete()
    messages.success(request, f"{found} is signed out.")
    return redirect("settings")


@require_POST
@signed_in
def sessions_end(request: HttpRequest) -> HttpResponse:
    """All but this one."""
    n_ended, _ = others(request).delete()
    messages.success(request, f"{counted(n_ended, 'other session')} ended.")
    return redirect("settings")
