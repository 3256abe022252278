"""`manage.py export_version`: the rows of a version in a file, or no file."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from annotation.models import Version
from tests.annotation.making import prompt

pytestmark = pytest.mark.django_db


def frozen() -> None:
    call_command("freeze", "a-set", "prompts", stdout=io.StringIO())


def run(file: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("export_version", "a-set", file, stdout=out, **options)
    return out.getvalue()


def test_the_latest_version_is_written_to_a_file(tmp_path: Path) -> None:
    prompt("One.")
    frozen()
    prompt("Two.")
    frozen()
    assert "a-set v2: 2 rows" in run(tmp_path / "out.jsonl", format="prompts")
    rows = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [row["prompt"][0]["content"] for row in rows] == ["One.", "Two."]
    run(tmp_path / "first.jsonl", number=1)
    assert len((tmp_path / "first.jsonl").read_bytes().splitlines()) == 1


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path) -> None:
    prompt()
    frozen()
    for wrong in ({"format": "trl_sft"}, {"number": 7}):
        with pytest.raises(CommandError):
            run(tmp_path / "out.jsonl", **wrong)
    assert list(tmp_path.iterdir()) == []
    assert Version.objects.count() == 1
