"""The inputs of the length control from a shell: counted, or refused in one line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.annotation.making import collection, prompt
from training.models import LengthInputs

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    prompt("One?")
    return tmp_path / "given.csv"


def command(*words: object) -> str:
    out = StringIO()
    call_command("import_difficulty", *map(str, words), stdout=out)
    return out.getvalue()


def test_what_is_known_now_and_what_is_strange_is_counted(file: Path) -> None:
    file.write_text("instruction,instruction_difficulty\nOne?,0.5\nElsewhere?,1\n")
    said = command(file, "--collection", collection().slug)
    assert said == "Difficulty is known for 1 of 1 question. Rows of no question here: 1.\n"


def test_comparisons_are_counted(file: Path) -> None:
    file.write_text("std_delta_len,instruction_difficulty,preference\n0.5,1.0,0.25\n")
    assert command(file, "--collection", collection().slug, "--gamed").startswith("1 comparison of the verbose")


@pytest.mark.parametrize(
    ("content", "slug", "says"),
    [
        ("instruction,instruction_difficulty\nOne?,much\n", "a-collection", "given.csv"),
        ("instruction,instruction_difficulty\nOne?,1\n", "nowhere", "does not exist"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(file: Path, content: str, slug: str, says: str) -> None:
    file.write_text(content)
    with pytest.raises(CommandError, match=says):
        command(file, "--collection", slug)
    assert not LengthInputs.objects.exists()
