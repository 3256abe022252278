"""Files that describe judges: read anew when they change, and refused by file and remedy."""

import os
from pathlib import Path

import pytest

from annotation.judges.config import text_files
from annotation.judges.config.description import JudgeInvalid


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "user.txt"
    file.write_text("One.")
    assert text_files.text(file) == "One."
    file.write_text("Two.")
    os.utime(file, ns=(1, 1))
    assert text_files.text(file) == "Two."


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgeInvalid, match=r"gone\.txt: there is no such file"):
        text_files.text(tmp_path / "gone.txt")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"caf\xe9"])
def test_a_text_is_utf_8(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "user.txt").write_bytes(content)
    with pytest.raises(JudgeInvalid, match=r"user\.txt: .* UTF-8"):
        text_files.text(tmp_path / "user.txt")


@pytest.mark.parametrize(
    ("content", "says"), [("title: [", "this is no YAML"), ("- a list", "must be keys"), ("", "must be keys")]
)
def test_a_description_is_keys_with_values(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "judge.yaml").write_text(content)
    with pytest.raises(JudgeInvalid, match=rf"judge\.yaml: .*{says}"):
        text_files.described(tmp_path / "judge.yaml")


def test_a_yaml_that_would_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "judge.yaml").write_text("title: !!python/object/apply:os.getcwd []")
    with pytest.raises(JudgeInvalid, match="this is no YAML"):
        text_files.described(tmp_path / "judge.yaml")


def test_rows_name_the_line_that_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"a": 1}\n\n[2]\n{"b"\n')
    with pytest.raises(JudgeInvalid, match="line 4"):
        text_files.rows(file)
    file.write_text('{"a": 1}\n\n[2]\n')
    assert text_files.rows(file) == [{"a": 1}]
