"""Endpoints of judges by API: for admins only, and their keys go in and never come out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.judges.client import keys
from annotation.models import Endpoint as Row
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, completion, fault, serving

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"
ADDRESS = "/api/v1/endpoints/"
GIVEN = {"name": "east", "base_url": "https://judges.example/v1"}


@pytest.fixture
def admin(api: Callable[[User], APIClient], ada: User) -> APIClient:
    return api(ada)


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with serving(Endpoint()) as running:
        running.reply = lambda request: completion("Yes.")  # type: ignore[method-assign]
        yield running


def row(**fields: Any) -> Row:
    return Row.objects.create(**({**GIVEN, "encrypted_key": keys.seal(KEY)} | fields))


def test_an_admin_adds_one_and_sees_all_of_it_but_the_key(admin: APIClient) -> None:
    made = admin.post(ADDRESS, GIVEN | {"key": KEY, "requests_per_minute": 500})
    assert made.status_code == 201
    assert (made.json()["key_kept"], made.json()["requests_per_minute"]) == ("encrypted", 500)
    assert keys.key_of(Row.objects.get()) == KEY
    for answer in (made, admin.get(ADDRESS), admin.get(f"{ADDRESS}{made.json()['id']}/")):
        assert KEY not in answer.content.decode() and "encrypted_key" not in answer.content.decode()


def test_a_change_keeps_the_key_and_an_empty_one_forgets_it(admin: APIClient) -> None:
    made = row()
    assert admin.patch(f"{ADDRESS}{made.pk}/", {"in_flight": 5}).json()["key_kept"] == "encrypted"
    assert admin.patch(f"{ADDRESS}{made.pk}/", {"key": ""}).json()["key_kept"] == "none"


def test_a_variable_takes_the_place_of_a_key(admin: APIClient) -> None:
    made = row()
    assert admin.patch(f"{ADDRESS}{made.pk}/", {"key_variable": "EAST_API_KEY"}).json()["key_kept"] == "variable"


def test_a_key_goes_to_the_address_that_it_was_entered_for(admin: APIClient) -> None:
    made = row()
    for url in ("https://elsewhere.example/v1", "http://judges.example/v1", "https://judges.example:444/v1"):
        moved = {"base_url": url, "allow_private": True}
        refused = admin.patch(f"{ADDRESS}{made.pk}/", moved)
        assert refused.status_code == 400 and "its key again" in refused.content.decode()
        row_now = Row.objects.get()
        assert (row_now.base_url, row_now.allow_private) == (GIVEN["base_url"], False)
    assert admin.patch(f"{ADDRESS}{made.pk}/", moved | {"key": "sk-another"}).status_code == 200
    assert admin.patch(f"{ADDRESS}{made.pk}/", {"base_url": "https://judges.example:444/v2"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"base_url": "https://10.0.0.1/v1"}, "private address"),
        ({"base_url": "http://judges.example/v1"}, "https"),
        ({"base_url": "nowhere"}, "valid URL"),
        ({"base_url": "https://judges.example:99999/v1"}, "Port out of range"),
        ({"base_url": "https://me@judges.example/v1", "allow_private": True}, "name and password"),
        ({"base_url": "https://judges.example/v1#there"}, "leave out what begins with"),
        ({"base_url": "https://judges.example/v1?a=b", "allow_private": True}, "leave out what begins with"),
        *(
            ({"base_url": f"https://{host}/v1"}, "private address")
            for host in ("[::127.0.0.1]", "[fec0::1]", "192.0.0.8")
        ),
        ({"key": KEY, "key_variable": "EAST_API_KEY"}, "not both"),
        ({"key_variable": "STUDIO_SECRET_KEY"}, "_KEY or _TOKEN"),
        ({"in_flight": 0}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(admin: APIClient, given: dict[str, Any], says: str) -> None:
    refused = admin.post(ADDRESS, GIVEN | given)
    assert refused.status_code == 400 and says in refused.content.decode()
    assert KEY not in refused.content.decode() and not Row.objects.exists()


def test_one_is_taken_away(admin: APIClient) -> None:
    assert admin.delete(f"{ADDRESS}{row().pk}/").status_code == 204
    assert not Row.objects.exists()


@pytest.mark.parametrize("role", ["ann", "lea", "eli"])
def test_nobody_but_an_admin_sees_or_changes_any(
    api: Callable[[User], APIClient], request: pytest.FixtureRequest, role: str
) -> None:
    client, made = api(request.getfixturevalue(role)), row()
    for address in (ADDRESS, f"{ADDRESS}{made.pk}/"):
        assert client.get(address).status_code == 403
    assert client.post(ADDRESS, GIVEN).status_code == 403
    for method in (client.patch, client.put, client.delete):
        assert method(f"{ADDRESS}{made.pk}/", {}).status_code == 403
    assert client.post(f"{ADDRESS}{made.pk}/try/", {}).status_code == 403


def test_a_stranger_is_asked_who_they_are(outsider: Client) -> None:
    made = row()
    for address in (ADDRESS, f"{ADDRESS}{made.pk}/"):
        assert outsider.get(address).status_code == 401
    assert outsider.post(f"{ADDRESS}{made.pk}/try/").status_code == 401


def test_a_list_costs_the_same_for_one_as_for_ten(admin: APIClient) -> None:
    costs = []
    for numbers in (range(1), range(1, 10)):
        for n in numbers:
            row(name=f"endpoint-{n}")
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(ADDRESS).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_one_is_tried_with_one_tiny_question(admin: APIClient, served: Endpoint) -> None:
    made = row(base_url=served.address, allow_private=True)
    told = admin.post(f"{ADDRESS}{made.pk}/try/", {"model": "tiny"}).json()
    assert (told["ok"], told["says"], told["model"]) == (True, "Yes.", "tiny-judge-2026")
    assert served.keys == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        (fault(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"), "wrong key"),
        (fault(404, "model_not_found"), "model unknown"),
        (fault(429, "insufficient_quota"), "quota used up"),
        (fault(429), "rate limit"),
        (fault(500), "server error"),
        ((200, b"<html>", {}), "cut answer"),
        (completion(None, refusal="I will not."), "refusal"),
    ],
)
def test_what_is_wrong_with_one_is_said_by_name(admin: APIClient, served: Endpoint, reply: Any, named: str) -> None:
    served.reply = lambda request: reply  # type: ignore[method-assign]
    made = row(base_url=served.address, allow_private=True)
    answer = admin.post(f"{ADDRESS}{made.pk}/try/", {})
    assert (answer.json()["ok"], answer.json()["fault"]) == (False, named)
    assert KEY not in answer.content.decode()


def test_one_that_may_not_be_reached_says_so(admin: APIClient, served: Endpoint) -> None:
    made = row(base_url=served.address)
    assert admin.post(f"{ADDRESS}{made.pk}/try/", {}).json()["fault"] == "address refused"
    gone = row(name="gone", base_url="http://127.0.0.1:9/v1", allow_private=True)
    assert admin.post(f"{ADDRESS}{gone.pk}/try/", {}).json()["fault"] == "endpoint down"


def test_one_without_its_key_says_so(admin: APIClient) -> None:
    made = row(encrypted_key=None, key_variable="EAST_API_KEY")
    told = admin.post(f"{ADDRESS}{made.pk}/try/", {}).json()
    assert told["fault"] == "wrong key" and "EAST_API_KEY" in told["says"]
