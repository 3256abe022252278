"""Every list of packages goes through pip's resolver; what does not go together is named."""

import re
from pathlib import Path

import pytest

from requirements.lock import NEEDS, PYTHONS, interpreter, pins, read_needs
from requirements.resolving import HERE, LOCK, Unresolvable, conflict, lists, resolve, to_blame
from tests.part import ROOT
from tests.requirements.wheels import add, wheel

NAMING = [ROOT / "Makefile", ROOT / "Dockerfile", *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
NAMING += [*(ROOT / "annotation/judges").rglob("*.md"), *(ROOT / "training").rglob("*.py")]
NAMED = re.compile(r"""EXTRAS="?([\w ]*)|(?:\(INSTALL\)|install\.sh|requirements\.install) ([\w ]+)|nts/(\w+)\.txt""")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """pip's words for the packages of the lock, each with what it really needs."""
    folder = tmp_path_factory.mktemp("locked")
    for package in read_needs(NEEDS):
        add(folder, package)
    return ("--no-index", "--find-links", str(folder), "--constraint", str(LOCK))


@pytest.mark.parametrize("version", PYTHONS)
def test_all_lists_go_together_under_the_lock(locked: tuple[str, ...], version: str) -> None:
    """So does each of them, and an image's: of these versions it has those that it asks for."""
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no {version} here")
    found = {one.name: one.version for one in resolve(lists(), *locked, python=python)}
    assert found.items() <= pins(LOCK).items()
    assert found.keys() > {"torch", "vllm", "deepspeed", "lm_eval", "pytest"}


def test_a_list_that_asks_for_another_version_than_the_rest_is_refused(
    locked: tuple[str, ...], tmp_path: Path
) -> None:
    """As fastapi 0.165.0 was asked for, of which vLLM 0.31.0 wants one below 0.137."""
    (tmp_path / "dev.txt").write_text("fastapi==0.165.0\n")
    wheel(tmp_path, "fastapi", "0.165.0")
    *without_lock, _, _ = locked
    with pytest.raises(Unresolvable, match=r"vllm 0.31.0 depends on fastapi.*<0.137"):
        resolve([HERE / "gpu.txt", tmp_path / "dev.txt"], *without_lock, "--find-links", str(tmp_path))
    with pytest.raises(Unresolvable, match=r"\(constraint\) fastapi==0.13"):
        resolve([tmp_path / "dev.txt"], *locked)


def test_the_lock_and_what_it_knows_of_each_package_are_of_one_making() -> None:
    assert pins(LOCK) == {one.name: one.version for one in read_needs(NEEDS)}


def test_documents_images_and_messages_name_no_list_but_these() -> None:
    found = [match for path in NAMING for match in NAMED.findall(path.read_text(encoding="utf-8"))]
    named = {name for match in found for words in match for name in words.split()}
    assert {"train", "gpu", "lm_eval", "dev", "alpaca_eval", "servers"} <= named
    assert named <= {path.stem for path in HERE.glob("*.txt")} | {"name"}


@pytest.fixture
def offline(tmp_path: Path) -> tuple[str, ...]:
    """Pages want a new server, an engine an old one; the lock holds the new one."""
    wheel(tmp_path, "engine", "1.0", "server<2")
    for version in ("1.5", "2.0"):
        wheel(tmp_path, "server", version)
    (tmp_path / "gpu.txt").write_text("engine==1.0\n")
    (tmp_path / "dev.txt").write_text("server==2.0\n")
    (tmp_path / "constraints.txt").write_text("engine==1.0\nserver==2.0\n")
    return ("--no-index", "--find-links", str(tmp_path))


def test_lists_that_do_not_go_together_are_refused_with_who_asks_for_what(
    offline: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(Unresolvable) as refused:
        resolve([tmp_path / "gpu.txt", tmp_path / "dev.txt"], *offline)
    assert set(str(refused.value).splitlines()) == {"The user requested server==2.0", "engine 1.0 depends on server<2"}


def test_a_lock_that_is_in_the_way_is_to_blame(offline: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(Unresolvable) as refused:
        resolve([tmp_path / "gpu.txt"], *offline, "--constraint", str(tmp_path / "constraints.txt"))
    assert "engine 1.0 depends on server<2" in str(refused.value)
    assert to_blame(refused.value) == {"server"}


def test_a_package_that_is_nowhere_is_named(offline: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "gpu.txt").write_text("engine==7\n")
    with pytest.raises(Unresolvable, match="There is no engine==7"):
        resolve([tmp_path / "gpu.txt"], *offline)


def test_what_pip_says_of_something_else_is_no_conflict() -> None:
    assert conflict("ERROR: Could not install packages due to an OSError: No space left on device\n") == ""
