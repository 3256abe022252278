"""`manage.py import_data`: what was added is said, and what is wrong in a file by its line and field."""

import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Prompt

pytestmark = pytest.mark.django_db


def run(file: object, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_data", "prompts", file, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def prompts_file(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"prompt": "One."}\n{"prompt": "Two."}'))
    return path


def test_a_file_is_imported_and_what_was_added_is_said(prompts_file: Path) -> None:
    assert "2 added, 0 already there" in run(prompts_file, collection="a-collection")
    assert "0 added, 2 already there" in run(prompts_file, collection="a-collection")


def test_a_dry_run_writes_nothing(prompts_file: Path) -> None:
    assert "Nothing was written" in run(prompts_file, collection="c", dry_run=True)
    assert not Prompt.objects.exists()


def test_faults_end_an_import_with_line_field_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"prompt": "One."}\n{"prompt": 2}')
    with pytest.raises(CommandError, match=r"The file has 1 fault\.\nline 2, prompt: .* Correct the record"):
        run(tmp_path / "bad.jsonl", collection="a-collection")


@pytest.mark.parametrize(
    ("file", "collection", "says"),
    [("no-such-file", "c", "no-such-file"), ("-", "no slug", r"^--collection no slug: .*hyphens")],
)
def test_a_missing_file_and_a_wrong_slug_are_said(file: str, collection: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(file, collection=collection)
