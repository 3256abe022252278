"""What is refused before anybody looks at it, and which texts name an id."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import User
from studio.http.parsing import row_id, row_ids

NONE = [
    "",
    None,
    "²",
    "١٢٣",
    "-1",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "1\n",
    "0x1",
    "9223372036854775808",
    "9" * 30,
    "9" * 5000,
]


@pytest.mark.parametrize("text", NONE)
def test_this_names_no_id(text: str | None) -> None:
    assert row_id(text) is None


def test_ids_are_picked_out() -> None:
    assert row_ids(["7", "²", "0", "9223372036854775807", "007"]) == [7, 0, 2**63 - 1, 7]


@pytest.mark.parametrize("path", ["/pairs/?q=%00", "/pairs/?%00=1", "/%00/", "/search/?q=a%00b"])
def test_an_address_with_nul_is_refused_in_words(signed_in: Callable[[User], Client], ada: User, path: str) -> None:
    answer = signed_in(ada).get(path)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (rb'{"name": "a\u0000b"}', "NUL"),
        (rb'{"name": "\ud800"}', "no JSON"),
        (b'{"name": NaN}', "no JSON"),
        (b'{"name": 1e999}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff", "no JSON"),
    ],
)
def test_a_body_that_is_no_json_says_so(api: Callable[[User], APIClient], ada: User, body: bytes, says: str) -> None:
    answer = api(ada).post("/api/v1/tokens/", body, content_type="application/json")
    assert answer.status_code == 400 and says in answer.json()["detail"]


def test_an_escaped_backslash_before_u0000_is_no_nul(api: Callable[[User], APIClient], ada: User) -> None:
    body = rb'{"name": "\\u0000", "scopes": ["read"]}'
    assert api(ada).post("/api/v1/tokens/", body, content_type="application/json").json()["name"] == r"\u0000"
