"""Pages write dates as their person chose; what machines read stays as it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from studio.accounts.models import Session, User
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]
AT = datetime(2026, 2, 1, 14, 5, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def first_seen(client: Client, asks: str = "") -> tuple[str, str]:
    """The moment in which this session began, as machines and as people read it."""
    Session.objects.update(started_at=AT)
    page = tight(client.get("/settings/", headers={"Accept-Language": asks}).content.decode())
    assert '<html lang="en"' in page
    found = re.search(r'<time datetime="(2026-02-01[^"]+)" title="([^"]+)"', page)
    assert found
    return found[1], found[2]


def test_a_browser_is_answered_in_its_way_until_somebody_chooses(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    machine = "2026-02-01T14:05:00+00:00"
    assert first_seen(client) == (machine, "1 Feb 2026, 14:05 UTC")
    assert first_seen(client, "de") == (machine, "01.02.2026, 14:05 UTC")
    User.objects.update(dates="iso")
    assert first_seen(client, "de") == (machine, "2026-02-01, 14:05 UTC")


def test_what_varies_by_the_browser_says_so(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    assert "Accept-Language" in client.get("/settings/").headers["Vary"]
    User.objects.update(dates="de")
    assert "Accept-Language" not in client.get("/settings/").headers["Vary"]


def test_the_choice_takes_no_query(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    few = queries(client, "/settings/tokens/")
    User.objects.update(dates="ja")
    assert queries(client, "/settings/tokens/") == few


def test_a_way_that_there_is_no_longer_is_no_error(signed_in: SignIn, ann: User) -> None:
    User.objects.update(dates="xx")
    assert first_seen(signed_in(ann), "de")[1].startswith("01.02.2026")
