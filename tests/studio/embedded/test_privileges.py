"""How root starts a server that refuses to run as root; nothing here needs to be root."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.embedded import privileges
from studio.embedded.privileges import RootRefused, as_stranger, in_namespace, stranger, unprivileged, works

Owners = dict[str, tuple[int, int]]


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    unprivileged.cache_clear()
    yield
    unprivileged.cache_clear()


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`root("setpriv")`: we are root, where these programs work and no others."""

    def allowed(*programs: str) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(privileges, "works", lambda way: way[0] in programs)

    return allowed


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> Owners:
    """Who is given what, by the names of files."""
    given: Owners = {}
    monkeypatch.setattr(
        os, "chown", lambda path, uid, gid, follow_symlinks=True: given.update({Path(path).name: (uid, gid)})
    )
    return given


def test_an_ordinary_user_puts_nothing_before_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unprivileged() == ()


def test_root_enters_a_namespace_where_it_may(root: Callable[..., None]) -> None:
    root("unshare", "setpriv")
    assert unprivileged() == in_namespace()


def test_root_becomes_a_stranger_where_namespaces_are_forbidden(root: Callable[..., None]) -> None:
    root("setpriv")
    assert unprivileged() == as_stranger()


def test_root_that_may_do_neither_is_told_what_to_do(root: Callable[..., None]) -> None:
    root()
    with pytest.raises(RootRefused, match="as an ordinary user, or set DATABASE_URL"):
        unprivileged()


def test_a_way_whose_program_is_missing_is_passed_over(
    root: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    root("unshare", "setpriv")
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "unshare" else f"/usr/bin/{name}")
    assert unprivileged() == as_stranger()


def test_the_stranger_is_an_account_that_is_not_root() -> None:
    user = stranger()
    assert user.pw_uid != 0
    assert f"--reuid={user.pw_uid}" in as_stranger() and f"--map-user={user.pw_uid}" in in_namespace()


def test_a_stranger_is_still_told_of_our_death() -> None:
    assert "--pdeathsig=INT" in as_stranger()


def test_a_way_works_where_a_command_ends_well_by_it() -> None:
    assert works(("env",))
    assert not works(("env", "false"))


def test_a_stranger_is_given_the_folder_and_all_in_it(
    tmp_path: Path, owners: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "1").write_text("")
    monkeypatch.setattr(privileges, "unprivileged", as_stranger)
    privileges.own(tmp_path)
    user = stranger()
    assert owners == dict.fromkeys([tmp_path.name, "base", "1"], (user.pw_uid, user.pw_gid))


def test_a_folder_that_is_its_own_already_is_left_alone(
    tmp_path: Path, owners: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tmp_path.stat()
    monkeypatch.setattr(privileges, "unprivileged", as_stranger)
    monkeypatch.setattr(
        privileges, "stranger", lambda: type("User", (), {"pw_uid": found.st_uid, "pw_gid": found.st_gid})
    )
    privileges.own(tmp_path)
    assert owners == {}


def test_an_ordinary_user_gives_nothing_away(tmp_path: Path, owners: Owners, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "unprivileged", lambda: ())
    privileges.own(tmp_path)
    assert owners == {}
