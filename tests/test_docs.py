"""What the documents say is so: links lead somewhere, commands take these words, and pages say what is in bold."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.part import ROOT

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "frontend/*.md", "annotation/judges/*.md")
    for path in ROOT.glob(pattern)
)
FOR_USERS = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("annotators", "leads", "engineers", "servers")),
]
# Those of the product, which the picture of the tree draws from their folders on.
ROOMS = ("studio", "annotation", "training", "frontend")
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"manage\.py (.+?)(?:\s{2,}#.*)?$", re.MULTILINE)
# What a page calls something: **Runs → New run**. Nothing else is in bold.
CALLED = re.compile(r"\*\*([^*]+)\*\*")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_exists_and_takes_these_words(path: Path) -> None:
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        for line in COMMAND.findall(block.replace("\\\n", " ")):
            name, *words = shlex.split(line, comments=True)
            command = load_command_class(get_commands()[name], name)
            command.create_parser("manage.py", name).parse_args(words)


@cache
def on_pages() -> str:
    """All that pages, forms and the admin are made of."""
    modules = [file for room in ("frontend", "training") for file in (ROOT / room).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "frontend").rglob("*.html")]
    # A form of an account takes its labels from the model.
    modules += [ROOT / "studio/admin_theme.py", *(ROOT / "studio/accounts/models").glob("*.py")]
    texts += [text for file in modules for text in said_by(file)]
    # A template breaks its lines where it likes.
    return "\n".join(" ".join(text.split()) for text in texts)


def said_by(file: Path) -> Iterator[str]:
    """The texts in a module; what stands alone is a docstring, and no page says it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


@pytest.mark.parametrize("path", FOR_USERS, ids=named)
def test_what_is_said_to_be_on_a_page_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\n", " ")
    for called in CALLED.findall(text):
        for word in re.split(r" → ", called):
            assert word in on_pages(), f"no page has {word!r}"


def test_each_entry_of_the_changelog_is_one_line() -> None:
    entries = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n- ")[2].splitlines()
    assert [line for line in entries[1:] if line and not line.startswith(("- ", "#"))] == []


def section(room: str) -> str:
    """What the picture of the tree says of a folder at the top."""
    tree = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## The tree")[2].split("```")[1]
    return re.split(r"\n(?=\S)", tree.partition(f"\n{room}/")[2])[0]


def packages(room: str) -> list[Path]:
    return [file.parent.relative_to(ROOT) for file in sorted((ROOT / room).rglob("__init__.py"))]


@pytest.mark.parametrize("room", ROOMS)
def test_each_folder_is_in_the_picture_of_the_tree(room: str) -> None:
    # Where commands lie is Django's business.
    names = {folder.name for folder in packages(room) if folder.name not in (room, "commands")}
    assert {name for name in names if not re.search(rf"\b{name}\b", section(room))} == set()


def test_each_folder_of_tests_that_mirrors_none_is_in_the_picture() -> None:
    own = [folder for folder in packages("tests") if not (ROOT / folder.relative_to("tests")).is_dir()]
    assert own and [folder for folder in own if f"{folder.name}/" not in section("tests")] == []


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_each_folder_in_the_picture_is_there(room: str) -> None:
    drawn = re.findall(r"(?:^ +|  )([\w/]+)/(?=\s)", section(room), re.M)
    assert drawn and [name for name in drawn if not any((ROOT / room).rglob(name))] == []
