"""A part of the suite by its name, and the rooms that it may name."""

import ast
from pathlib import Path

import pytest

from tests.part import QUICK, ROOT, SHOWN, NoTests, main, part
from tests.test_contributing import TEXT, listed, titles

PRODUCT = ("annotation", "training", "frontend", "studio")
PACKAGES = sorted(file for app in PRODUCT for file in (ROOT / app).rglob("__init__.py"))
MODULES = sorted({path for title in titles(TEXT) for path in listed(title) if path.endswith(".py")})


@pytest.mark.parametrize(
    ("room", "pages"),
    [
        ("annotation/review", ["review"]),
        ("annotation/interchange", ["data"]),
        ("annotation/arena", ["evaluation"]),
        ("annotation/moves", ["data"]),
        ("studio/accounts/acts", ["people"]),
        ("studio/accounts/sign_in", ["frame"]),
        ("training/runs", ["training"]),
        ("training/recipes", ["training"]),
        ("training", ["training", "evaluation"]),
    ],
)
def test_a_room_is_tested_by_its_mirror_and_by_its_pages(room: str, pages: list[str]) -> None:
    assert {f"tests/{room}", *(f"tests/frontend/pages/{one}" for one in pages)} <= set(part(room))


@pytest.mark.parametrize("room", SHOWN)
def test_each_room_with_pages_is_there_and_so_are_they(room: str) -> None:
    assert (ROOT / room).is_dir()
    assert all((ROOT / "frontend/pages" / one).is_dir() for one in SHOWN[room])


@pytest.mark.parametrize("name", ["annotation/review/queue", "annotation/review/queue.py"])
def test_a_module_is_tested_by_its_own_file(name: str) -> None:
    assert part(name) == ["tests/annotation/review/test_queue.py"]


def test_a_command_is_tested_by_its_own_file() -> None:
    assert part("annotation/management/commands/pair.py") == ["tests/annotation/management/test_pair.py"]


def test_a_module_without_a_file_is_tested_by_its_room() -> None:
    assert part("annotation/review/pairing_strategies") == part("annotation/review")


@pytest.mark.parametrize("path", MODULES)
def test_each_module_that_is_listed_for_contributors_can_be_tested(path: str) -> None:
    assert part(path)


@pytest.mark.parametrize("name", ["e2e", "tests/e2e/"])
def test_tests_that_mirror_no_room_are_named_by_their_folder(name: str) -> None:
    assert part(name) == ["tests/e2e"]


@pytest.mark.parametrize(
    ("names", "quickly"), [(["annotation/review"], True), (["e2e"], False), (["annotation/review", "e2e"], False)]
)
def test_a_browser_is_there_for_what_runs_whole(
    monkeypatch: pytest.MonkeyPatch, names: list[str], quickly: bool
) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr("tests.part.subprocess.run", lambda command, **kept: installed.append(command))
    monkeypatch.setattr("tests.part.pytest.main", lambda told: int(told[: len(QUICK)] == QUICK))
    assert main(names) == quickly
    assert installed == ([] if quickly else [["sh", ".ci/chromium"]])


@pytest.mark.parametrize("name", ["annotation/revue", "annotation/review/nothing.py", "../elsewhere"])
def test_what_has_no_tests_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(NoTests, match=r"Name a folder or a module, such as annotation/review or"):
        part(name)


@pytest.mark.parametrize("file", PACKAGES, ids=lambda file: str(file.parent.relative_to(ROOT)))
def test_every_room_says_what_it_holds(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
