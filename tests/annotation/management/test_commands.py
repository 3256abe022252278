import gzip
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from annotation.models import Prompt, Version
from tests.annotation.making import prompt

pytestmark = pytest.mark.django_db


def run(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def prompts_file(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"prompt": "One."}\n{"prompt": "Two."}'))
    return path


def test_a_file_is_imported_and_what_was_added_is_said(prompts_file: Path) -> None:
    assert "2 added, 0 already there" in run("import_data", "prompts", prompts_file, collection="a-collection")
    assert "0 added, 2 already there" in run("import_data", "prompts", prompts_file, collection="a-collection")


def test_a_dry_run_writes_nothing(prompts_file: Path) -> None:
    assert "Nothing was written" in run("import_data", "prompts", prompts_file, collection="c", dry_run=True)
    assert not Prompt.objects.exists()


def test_freezing_the_same_again_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    prompt("Why?")
    assert "mine v1" in run("freeze", "mine", "prompts")
    assert "mine v2" in run("freeze", "mine", "prompts")
    assert capsys.readouterr().err.startswith("mine v2: It has the same records as v1")


def test_faults_end_an_import_with_line_field_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"prompt": "One."}\n{"prompt": 2}')
    with pytest.raises(CommandError, match=r"The file has 1 fault\.\nline 2, prompt: .* Correct the record"):
        run("import_data", "prompts", tmp_path / "bad.jsonl", collection="a-collection")


@pytest.mark.parametrize(
    ("file", "collection", "says"),
    [("no-such-file", "c", "no-such-file"), ("-", "no slug", r"^--collection no slug: .*hyphens")],
)
def test_a_missing_file_and_a_wrong_slug_are_said(file: str, collection: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run("import_data", "prompts", file, collection=collection)


def test_a_query_is_frozen_and_its_counts_are_said() -> None:
    prompt()
    assert '"items":1' in run("freeze", "a-set", "prompts", '{"test_share": 0.0}')


@pytest.mark.parametrize("definition", ["{", '{"test_share": 2}'])
def test_a_wrong_definition_is_said(definition: str) -> None:
    with pytest.raises(CommandError):
        run("freeze", "a-set", "prompts", definition)


def test_the_latest_version_is_written_to_a_file(tmp_path: Path) -> None:
    prompt("One.")
    run("freeze", "a-set", "prompts")
    prompt("Two.")
    run("freeze", "a-set", "prompts")
    assert "a-set v2: 2 rows" in run("export_version", "a-set", tmp_path / "out.jsonl", format="prompts")
    rows = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [row["prompt"][0]["content"] for row in rows] == ["One.", "Two."]
    run("export_version", "a-set", tmp_path / "first.jsonl", number=1)
    assert len((tmp_path / "first.jsonl").read_bytes().splitlines()) == 1


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path) -> None:
    prompt()
    run("freeze", "a-set", "prompts")
    for wrong in ({"format": "trl_sft"}, {"number": 7}):
        with pytest.raises(CommandError):
            run("export_version", "a-set", tmp_path / "out.jsonl", **wrong)
    assert list(tmp_path.iterdir()) == []
    assert Version.objects.count() == 1
