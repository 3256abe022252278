from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from annotation.models import Pair, Shown
from annotation.review import queue, shown_order
from studio.accounts.models import ApiToken, Membership, User
from studio.accounts.scopes import Scope
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/tokens/"


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_a_token_is_shown_once_and_only_its_digest_is_kept(api: Callable[[User], APIClient], ann: User) -> None:
    made = api(ann).post(TOKENS, {"name": "notebook", "scopes": ["read"]})
    assert made.status_code == 201
    key = made.json()["key"]
    token = ApiToken.objects.get()
    assert key not in (token.digest, token.prefix)
    assert key.startswith(token.prefix)
    (listed,) = api(ann).get(TOKENS).json()["results"]
    assert listed["name"] == "notebook"
    assert not listed.get("key")


def test_a_token_speaks_for_its_owner(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    assert [row["id"] for row in with_key(key).get(TOKENS).json()["results"]] == [token.pk]


@pytest.mark.parametrize("key", ["", "xw_unknown", "\xe9"])
def test_an_unknown_token_is_refused_as_such(db: None, key: str) -> None:
    answer = APIClient().get(TOKENS, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_an_unknown_token_is_refused_also_while_redis_is_away(db: None, settings: Any) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": nowhere}
    answer = with_key("xw_unknown").get(TOKENS)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_revoked_token_and_one_of_somebody_who_left_open_nothing(
    api: Callable[[User], APIClient], ann: User
) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    _, other = ApiToken.issue(ann, "script")
    assert api(ann).delete(f"{TOKENS}{token.pk}/").status_code == 204
    assert with_key(key).get(TOKENS).status_code == 401
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert with_key(other).get(TOKENS).status_code == 401


def test_nobody_sees_or_revokes_the_tokens_of_another(api: Callable[[User], APIClient], ann: User, bob: User) -> None:
    token, _ = ApiToken.issue(ann, "notebook")
    assert api(bob).get(TOKENS).json()["results"] == []
    assert api(bob).delete(f"{TOKENS}{token.pk}/").status_code == 404
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_not_even_an_admin_sees_them(api: Callable[[User], APIClient], ann: User, ada: User) -> None:
    ApiToken.issue(ann, "notebook")
    assert api(ada).get(TOKENS).json()["results"] == []


def test_a_stranger_is_asked_who_they_are(outsider: Client) -> None:
    assert outsider.get(TOKENS).status_code == outsider.post(TOKENS).status_code == 401


def test_the_last_use_is_kept_to_the_minute(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    with_key(key).get(TOKENS)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with_key(key).get(TOKENS)
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=5))
    with_key(key).get(TOKENS)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first


def test_a_token_lives_ninety_days_if_nobody_says_otherwise(api: Callable[[User], APIClient], ann: User) -> None:
    api(ann).post(TOKENS, {"name": "notebook", "scopes": ["annotate", "read"]})
    token = ApiToken.objects.get()
    assert token.scopes == ["read", "annotate"]
    assert token.ends_at and 89 < (token.ends_at - timezone.now()) / timedelta(days=1) < 90
    made = api(ann).post(TOKENS, {"name": "for ever", "scopes": ["read"], "ends_at": None}).json()
    assert (made["ends_at"], made["has_ended"]) == (None, False)


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "scopes", "required"),
        ({"scopes": []}, "scopes", "at least 1"),
        ({"scopes": ["everything"]}, "scopes.0", "not a valid choice"),
        ({"scopes": ["read", "train"]}, "scopes", "Your role cannot use “train”"),
        ({"scopes": ["read"], "ends_at": "2020-01-01T00:00:00Z"}, "ends_at", "This moment is past."),
    ],
)
def test_a_token_that_could_open_nothing_is_refused_by_field(
    api: Callable[[User], APIClient], ann: User, fields: dict[str, Any], field: str, says: str
) -> None:
    answer = api(ann).post(TOKENS, {"name": "notebook"} | fields)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field and says in error["message"]


def test_a_token_makes_and_revokes_none(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    made = with_key(key).post(TOKENS, {"name": "another", "scopes": ["read"]})
    ended = with_key(key).delete(f"{TOKENS}{token.pk}/")
    assert made.status_code == ended.status_code == 403 and "Do it on the page" in made.json()["detail"]
    assert ApiToken.objects.get() == token


def test_an_ended_token_is_refused_with_the_date_and_not_noted_as_used(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook", ends_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    answer = with_key(key).get(TOKENS)
    assert answer.status_code == 401 and "ended on 2026-03-01 12:00 UTC" in answer.json()["detail"]
    token.refresh_from_db()
    assert token.has_ended and token.last_used_at is None


def test_who_loses_a_role_loses_it_with_their_tokens_at_once(lea: User) -> None:
    _, key = ApiToken.issue(lea, "notebook")
    assert with_key(key).get("/api/v1/pairs/").status_code == 200
    Membership.objects.filter(user=lea).update(role="annotator")
    assert with_key(key).get("/api/v1/pairs/").status_code == 403


def test_a_judgment_by_a_token_reveals_what_the_token_may_read(lea: User) -> None:
    made = pair()
    queue.open_slots(Pair.objects.all(), 1)
    for scopes, reveals in (([Scope.ANNOTATE], False), ([Scope.ANNOTATE, Scope.READ], True)):
        client = with_key(ApiToken.issue(lea, "notebook", scopes)[1])
        token = shown_order.token(made, lea, Shown.LEFT_FIRST)
        said = client.post("/api/v1/judgments/", {"pair": made.pk, "token": token, "verdict": 1}).json()
        assert ("author" in said["revealed"]["first"]) is ("grade" in said) is reveals


def test_a_token_costs_one_query_and_a_second_one_a_minute(
    ann: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = with_key(ApiToken.issue(ann, "notebook")[1])
    with django_assert_num_queries(3):
        client.get(TOKENS)
    with django_assert_num_queries(2):
        client.get(TOKENS)
