"""What the database holds of an endpoint: an address that may be asked, and a key from one place."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from annotation.judges.client import keys
from annotation.models import Endpoint

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"


def endpoint(**fields: Any) -> Endpoint:
    return Endpoint.objects.create(**({"name": "east", "base_url": "https://judges.example/v1"} | fields))


@pytest.mark.parametrize("name", ["STUDIO_SECRET_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "east_key", "PATH"])
def test_no_other_secret_of_the_machine_can_be_named(name: str) -> None:
    made = Endpoint(name="east", base_url="https://judges.example/v1", key_variable=name)
    with pytest.raises(ValidationError, match="_KEY or _TOKEN"):
        made.full_clean()


def test_a_key_comes_from_one_place() -> None:
    with pytest.raises(IntegrityError):
        endpoint(key_variable="EAST_API_KEY", encrypted_key=keys.seal(KEY))


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("https://127.0.0.1/v1", "private"),
        ("https://169.254.169.254/v1", "private"),
        ("https://[::1]/v1", "private"),
        ("http://judges.example/v1", "https"),
        ("https://me:word@judges.example/v1", "password"),
        ("ftp://judges.example/v1", "valid URL"),
    ],
)
def test_an_address_is_public_and_its_way_is_encrypted(base_url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Endpoint(name="east", base_url=base_url).full_clean()


def test_an_admin_may_allow_a_server_of_the_own_network() -> None:
    Endpoint(name="east", base_url="http://10.0.0.7:8000/v1", allow_private=True).full_clean()


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("https://exämple.com/v1", "xn--exmple-cua.com"),
        ("https://judges.example/v1?key=1", r"begins with # or \?"),
        ("https://judges.example/v1#top", r"begins with # or \?"),
        ("https://judges.example:99999/v1", "Port out of range"),
    ],
)
def test_an_address_says_where_to_ask_and_nothing_else(base_url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Endpoint(name="east", base_url=base_url, allow_private=True).full_clean()


@pytest.mark.parametrize(
    "fields", [{"in_flight": 0}, {"in_flight": 2001}, {"batch_share": 1.5}, {"batch_share": -0.1}]
)
def test_limits_that_nothing_could_be_asked_by_are_refused_by_the_database(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        endpoint(**fields)


def test_where_its_key_is_is_said_in_a_word() -> None:
    assert Endpoint().key_kept == "none"
    assert Endpoint(key_variable="EAST_API_KEY").key_kept == "variable"
    assert Endpoint(encrypted_key=keys.seal(KEY)).key_kept == "encrypted"


@pytest.mark.parametrize(
    ("base_url", "again"),
    [
        ("https://judges.example/v2", False),
        ("https://JUDGES.example:443/v1", False),
        ("https://judges.example:8443/v1", True),
        ("http://judges.example/v1", True),
        ("https://thief.example/v1", True),
    ],
)
def test_a_kept_key_is_for_one_scheme_host_and_port(base_url: str, again: bool) -> None:
    made = endpoint(encrypted_key=keys.seal(KEY))
    assert made.needs_key_again(base_url) is again
    assert not Endpoint(base_url=made.base_url).needs_key_again(base_url)
