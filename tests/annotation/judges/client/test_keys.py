"""Keys of endpoints: from the environment, or encrypted; never in plain sight."""

from pathlib import Path
from typing import Any

import pytest

from annotation.judges.client import keys
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
