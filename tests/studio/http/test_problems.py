"""Under /api/ every error is a problem, whoever made it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import ApiToken, User
from studio.accounts.sign_in.address_limits import UnknownTokens

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]


def assert_problem(answer: Any, status: int, says: str = "") -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["status"] == status and body["title"] and body["detail"] and says in body["detail"]


@pytest.mark.parametrize("path", ["/api/v1/nope/", "/api/nope", "/api/v1/pairs/999999/", "/api/v1/pairs/%C2%B2/"])
def test_an_address_that_is_not_there(api: Api, ada: User, path: str) -> None:
    assert_problem(api(ada).get(path), 404)


def test_an_answer_that_was_replaced_keeps_its_security_headers(api: Api, ada: User) -> None:
    names = {"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy"}
    assert names <= api(ada).get("/api/v1/prompts/").headers.keys()
    answer = api(ada).get("/api/nope")
    assert names <= answer.headers.keys() and answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/api/v1/prompts/", "/api/docs/", "/api/schema/", "/api/v1/checkpoints/1/chat/", "/api/v1/arena/"]
)
def test_a_method_that_it_does_not_take_is_named_with_those_that_it_does(api: Api, ada: User, path: str) -> None:
    answer = api(ada).delete(path)
    assert_problem(answer, 405)
    assert answer.headers["Allow"]


def test_a_form_of_answer_that_nobody_makes(api: Api, ada: User) -> None:
    for path in ("/api/v1/prompts/", "/api/schema/"):
        assert_problem(api(ada).get(path, headers={"Accept": "image/png"}), 406)


def test_a_body_of_a_kind_that_nobody_reads(api: Api, ada: User) -> None:
    assert_problem(api(ada).post("/api/v1/collections/", b"<a/>", content_type="text/xml"), 415)


def test_a_stranger_and_an_unknown_token() -> None:
    for path in ("/api/v1/prompts/", "/api/schema/"):
        assert_problem(APIClient().get(path), 401)
        assert_problem(APIClient().get(path, headers={"Authorization": "Bearer xw_nobodys"}), 401)


def test_a_request_from_another_site(ada: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ada)
    assert_problem(client.post("/api/v1/tokens/", {"name": "stolen"}), 403, "CSRF")


def test_a_body_that_is_too_large(api: Api, ada: User, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    body = b'{"messages": "much more than ten bytes"}'
    sent = api(ada).post("/api/v1/checkpoints/1/chat/", body, content_type="application/json")
    assert_problem(sent, 413)


def test_an_error_of_our_own_says_where_to_look(api: Api, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.accounts.api.tokens.ApiTokenViewSet.get_queryset", lambda self: 1 / 0)
    client = api(ada)
    client.raise_request_exception = False
    assert_problem(client.get("/api/v1/tokens/"), 500, "log of the web process")


def test_tokens_that_nobody_has_are_slowed_and_good_ones_are_not(ann: User) -> None:
    _, key = ApiToken.issue(ann, "laptop")
    wrong = {"Authorization": "Bearer xw_nobodys"}
    codes = [APIClient().get("/api/v1/tokens/", headers=wrong).status_code for _ in range(30)]
    assert set(codes) == {401} and UnknownTokens.rate == "30/min"
    for path in ("/api/v1/tokens/", "/api/v1/checkpoints/1/chat/"):
        slowed = APIClient().generic("POST", path, headers=wrong)
        assert_problem(slowed, 429, "throttled")
        assert 0 < int(slowed.headers["Retry-After"]) <= 60
    assert APIClient().get("/api/v1/tokens/", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", ["/api/docs/", "/api/reference/"])
def test_the_documentation_is_for_those_who_have_signed_in(
    signed_in: Callable[[User], Client], outsider: Client, ann: User, path: str
) -> None:
    assert outsider.get(path).headers["Location"] == f"/sign-in/?next={path}"
    assert signed_in(ann).get(path).status_code == 200


def test_the_schema_is_read_by_session_or_token(api: Api, ann: User) -> None:
    _, key = ApiToken.issue(ann, "laptop")
    for client, headers in ((api(ann), {}), (APIClient(), {"Authorization": f"Bearer {key}"})):
        assert b"openapi: 3." in client.get("/api/schema/", headers=headers).content
