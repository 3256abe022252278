from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from studio.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/tokens/"


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_a_token_is_shown_once_and_only_its_digest_is_kept(api: Callable[[User], APIClient], ann: User) -> None:
    made = api(ann).post(TOKENS, {"name": "notebook"})
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
