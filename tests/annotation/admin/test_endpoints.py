"""Endpoints in the admin: a key goes in and is in no page and in no history."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from annotation.judges.client import keys
from annotation.models import Endpoint as Row
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, completion, fault, serving

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"
LIST = "/admin/annotation/endpoint/"
GIVEN = {
    "name": "east",
    "pool": "default",
    "base_url": "https://judges.example/v1",
    "in_flight": "64",
    "batch_share": "0.5",
    "is_active": "on",
}


@pytest.fixture
def admin_client(signed_in: Callable[[User], Client], ada: User) -> Client:
    return signed_in(ada)


def test_a_key_is_entered_and_shown_nowhere(admin_client: Client) -> None:
    assert admin_client.post(f"{LIST}add/", GIVEN | {"key": KEY}).status_code == 302
    made = Row.objects.get()
    assert keys.key_of(made) == KEY
    admin_client.post(f"{LIST}{made.pk}/change/", GIVEN | {"key": f"{KEY}-2"})
    assert keys.key_of(Row.objects.get()) == f"{KEY}-2"
    for page in ("", f"{made.pk}/change/", f"{made.pk}/history/"):
        shown = admin_client.get(LIST + page)
        assert shown.status_code == 200 and KEY not in shown.content.decode()
    assert LogEntry.objects.count() == 2
    assert KEY not in str(list(LogEntry.objects.values()))


def test_left_empty_it_stays_and_with_a_mistake_elsewhere_it_is_not_shown_back(admin_client: Client) -> None:
    made = Row.objects.create(**{"name": "east", "base_url": GIVEN["base_url"]}, encrypted_key=keys.seal(KEY))
    admin_client.post(f"{LIST}{made.pk}/change/", GIVEN | {"in_flight": "9"})
    made.refresh_from_db()
    assert (keys.key_of(made), made.in_flight) == (KEY, 9)
    wrong = admin_client.post(f"{LIST}{made.pk}/change/", GIVEN | {"in_flight": "none", "key": KEY})
    assert wrong.status_code == 200 and KEY not in wrong.content.decode()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"base_url": "https://127.0.0.1/v1"}, "private address"),
        ({"key": KEY, "key_variable": "EAST_API_KEY"}, "not both"),
        ({"in_flight": "0"}, "seats"),
    ],
)
def test_what_is_wrong_is_said(admin_client: Client, given: dict[str, str], says: str) -> None:
    answer = admin_client.post(f"{LIST}add/", GIVEN | given)
    assert answer.status_code == 200 and says in answer.content.decode()
    assert not Row.objects.exists()


def test_another_address_needs_its_key_again(admin_client: Client) -> None:
    made = Row.objects.create(**{"name": "east", "base_url": GIVEN["base_url"]}, encrypted_key=keys.seal(KEY))
    moved = GIVEN | {"base_url": "https://elsewhere.example/v1"}
    assert "its key again" in admin_client.post(f"{LIST}{made.pk}/change/", moved).content.decode()
    assert admin_client.post(f"{LIST}{made.pk}/change/", moved | {"key": "sk-new"}).status_code == 302


def test_trying_one_says_what_came_back_and_what_is_wrong(admin_client: Client) -> None:
    with serving(Endpoint()) as served:
        made = Row.objects.create(name="east", base_url=served.address, allow_private=True)
        served.reply = lambda request: completion("<b>Yes.</b>")  # type: ignore[method-assign]
        shown = admin_client.get(f"{LIST}{made.pk}/try/", follow=True).content.decode()
        assert "tiny-judge-2026 answered" in shown and "&lt;b&gt;Yes.&lt;/b&gt;" in shown
        served.reply = lambda request: fault(401, "", KEY)  # type: ignore[method-assign]
        shown = admin_client.get(f"{LIST}{made.pk}/try/", follow=True).content.decode()
        assert "Wrong key" in shown and KEY not in shown


def test_nobody_but_staff_tries_one(signed_in: Callable[[User], Client], lea: User) -> None:
    with serving(Endpoint()) as served:
        made = Row.objects.create(name="east", base_url=served.address, allow_private=True)
        assert signed_in(lea).get(f"{LIST}{made.pk}/try/").status_code == 302
        assert Client().get(f"{LIST}{made.pk}/try/").status_code == 302
    assert not served.keys
