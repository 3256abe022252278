"""A part of the suite by its name, and the rooms that it may name."""

import ast
from pathlib import Path

import pytest

from tests.part import QUICK, ROOT, NoTests, part

PRODUCT = ("annotation", "training", "frontend", "studio")
PACKAGES = sorted(file for app in PRODUCT for file in (ROOT / app).rglob("__init__.py"))


def test_a_room_is_tested_by_its_mirror_and_by_its_pages_without_a_browser() -> None:
    assert part("annotation/review") == [*QUICK, "tests/annotation/review", "tests/frontend/pages/review"]


@pytest.mark.parametrize("name", ["annotation/review/queue", "annotation/review/queue.py"])
def test_a_module_is_tested_by_its_own_file(name: str) -> None:
    assert part(name) == [*QUICK, "tests/annotation/review/test_queue.py"]


@pytest.mark.parametrize("name", ["e2e", "tests/e2e/"])
def test_tests_that_mirror_no_room_run_whole(name: str) -> None:
    assert part(name) == ["tests/e2e"]


@pytest.mark.parametrize("name", ["annotation/revue", "annotation/review/nothing.py", "../elsewhere"])
def test_what_has_no_tests_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(NoTests, match=r"Name a folder or a module, such as annotation/review or"):
        part(name)


@pytest.mark.parametrize("file", PACKAGES, ids=lambda file: str(file.parent.relative_to(ROOT)))
def test_every_room_says_what_it_holds(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
