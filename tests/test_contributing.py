"""The lists of CONTRIBUTING.md: each file is there, and nothing but these has to be touched to add a thing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
# One that is there already stands for each place of the lists, and how it is named by whoever knows it.
KNOWN = {
    "format": "sharegpt",
    "judge": "xwin_pair",
    "protocol": "evidence",
    "kind": "dpo",
    "recipe": "xwin",
    "benchmark": "mt_bench",
    "room": "evaluation",
    "page": "compare",
    "app": "training",
    "noun": "runs",
}
NAMED = {
    "a file format": r"\bsharegpt\b",
    "a protocol": r"""["']evidence["']|^ +evidence,""",
    "a kind of run": r"""["']dpo["']|\bDpo\b""",
    "a filter of pairs": r"""\bgap_from = forms|"gap_from": lambda""",
    "a way to choose pairs": r"""["'`]uncertain["'`]""",
    "a recipe": r"\bXWIN\b",
}
# What uses one and is not touched to add it: a judge of the library, a recipe that has such a run.
RECIPES = ("xwin", "iterative_dpo", "ultrafeedback")
USES = (
    "annotation/judges/config/library/",
    "training/evaluation/leaderboards/published",
    *(f"training/recipes/{name}.py" for name in RECIPES),
)
PLACE = re.compile(r"<(\w+)>")
PATH = re.compile(r"`((?:annotation|training|frontend|studio|tests|<app>)/[\w/<>.]*)`")


def listed(title: str) -> set[str]:
    """The files that a part of the list names, with what is there already in its places."""
    part = TEXT.partition(f"**{title}")[2].partition("\n**")[0].partition("\n## ")[0]
    return {PLACE.sub(lambda found: KNOWN[found[1]], path) for path in PATH.findall(part)}


def titles(text: str) -> list[str]:
    return re.findall(r"^\*\*(.+?)[.*,]", text, re.M)


@pytest.mark.parametrize("title", titles(TEXT))
def test_each_file_of_a_list_is_there(title: str) -> None:
    assert listed(title) and [path for path in listed(title) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("title", NAMED)
def test_no_file_but_those_of_the_list_names_what_was_added(title: str) -> None:
    named = {path for path, text in sources() if re.search(NAMED[title], text, re.M) and not path.startswith(USES)}
    assert named and named <= listed(title)


def sources() -> Iterator[tuple[str, str]]:
    """Each file of the product that says something, by its path."""
    for room in ("annotation", "training", "frontend", "studio"):
        for file in (ROOT / room).rglob("*"):
            if file.suffix in (".py", ".html", ".js", ".yaml"):
                yield file.relative_to(ROOT).as_posix(), file.read_text()


@pytest.mark.slow
def test_a_format_a_protocol_a_kind_and_a_benchmark_are_added_from_a_folder() -> None:
    """In a studio of its own, whose settings have the rows of `tests/adding/rows.py` in the tables."""
    given = ("PYTEST_", "DATABASE_", "REDIS_", "STUDIO_", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(given)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds", "tests.adding.settings"]
    done = subprocess.run(
        [*command, "tests/adding/added.py"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "4 passed" in done.stdout, done.stdout[-5000:] + done.stderr[-2000:]
