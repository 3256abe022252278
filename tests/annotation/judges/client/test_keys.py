"""Keys of endpoints: from the environment, or encrypted; never in plain sight."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from annotation.judges.client import endpoints, keys
from annotation.judges.client.calls import CallFailed
from annotation.models import Endpoint

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"


def endpoint(**fields: Any) -> Endpoint:
    return Endpoint.objects.create(**({"name": "east", "base_url": "https://judges.example/v1"} | fields))


def test_a_key_that_is_kept_is_read_again_and_is_not_there_in_plain() -> None:
    made = endpoint(encrypted_key=keys.seal(KEY))
    made.refresh_from_db()
    assert keys.key_of(made) == KEY
    assert KEY.encode() not in bytes(made.encrypted_key or b"")


def test_with_another_secret_it_says_whose_key_is_to_be_entered_again(settings: Any) -> None:
    made = endpoint(encrypted_key=keys.seal(KEY))
    settings.SECRET_KEY = "another secret: " + "y" * 40
    with pytest.raises(keys.KeyUnreadable, match="endpoint east .* Enter it again"):
        keys.key_of(made)


def test_a_variable_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAST_API_KEY", KEY)
    assert keys.key_of(endpoint(key_variable="EAST_API_KEY")) == KEY


def test_so_does_a_file_that_a_variable_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("EAST_API_KEY_FILE", str(tmp_path / "key"))
    assert keys.key_of(endpoint(key_variable="EAST_API_KEY")) == KEY


@pytest.mark.parametrize("file", ["", "/nowhere/at/all"])
def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("EAST_API_KEY_FILE", file)
    with pytest.raises(keys.KeyUnreadable, match="endpoint east has no key: set EAST_API_KEY"):
        keys.key_of(endpoint(key_variable="EAST_API_KEY"))


@pytest.mark.parametrize("name", ["STUDIO_SECRET_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "east_key", "PATH"])
def test_no_other_secret_of_the_machine_can_be_named(name: str) -> None:
    made = Endpoint(name="east", base_url="https://judges.example/v1", key_variable=name)
    with pytest.raises(ValidationError, match="_KEY or _TOKEN"):
        made.full_clean()


def test_a_key_comes_from_one_place() -> None:
    with pytest.raises(IntegrityError):
        endpoint(key_variable="EAST_API_KEY", encrypted_key=keys.seal(KEY))


def test_whoever_prints_an_access_sees_no_key() -> None:
    assert KEY not in repr(endpoints.access(endpoint(encrypted_key=keys.seal(KEY))))


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


def test_a_pool_is_those_that_are_switched_on() -> None:
    endpoint(name="east")
    endpoint(name="west", is_active=False)
    endpoint(name="other", pool="other")
    there, reasons = endpoints.of_pool("default")
    assert [one.name for one in there] == ["east"] and not reasons


def test_one_without_its_key_is_left_out_and_says_why() -> None:
    endpoint(name="east", key_variable="EAST_API_KEY")
    endpoint(name="west")
    there, reasons = endpoints.of_pool("default")
    assert [one.name for one in there] == ["west"] and "EAST_API_KEY" in reasons[0]


def test_where_nobody_is_left_it_says_of_each_why() -> None:
    endpoint(name="east", key_variable="EAST_API_KEY")
    endpoint(name="west", key_variable="WEST_API_KEY")
    with pytest.raises(CallFailed, match="EAST_API_KEY.*WEST_API_KEY"):
        endpoints.of_pool("default")


def test_a_pool_that_is_switched_off_is_not_the_environments(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    endpoint(is_active=False)
    with pytest.raises(CallFailed, match="'default' has no endpoint that is switched on"):
        endpoints.of_pool("default")


def test_without_any_the_environment_names_one_for_the_default_pool_only(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    assert endpoints.of_pool("default")[0][0].key == KEY
    with pytest.raises(CallFailed, match="'other' has no endpoint"):
        endpoints.of_pool("other")
