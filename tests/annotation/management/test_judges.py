import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings


def listed(*words: str) -> str:
    said = StringIO()
    call_command("judges", *words, stdout=said)
    return said.getvalue()


def test_every_judge_is_listed_with_its_protocol_version_model_and_price() -> None:
    line = next(line for line in listed().splitlines() if line.startswith("xwin_pair "))
    words = line.split()
    assert words[1:3] == ["pairwise", "1"] and words[-3:] == ["10,", "30", "gpt-4-1106-preview"]


def test_a_judge_that_cannot_judge_is_listed_with_what_to_mend(tmp_path: Path, settings: Settings) -> None:
    settings.JUDGES = str(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "judge.yaml").write_text("title: Mine")
    line = next(line for line in listed().splitlines() if line.startswith("mine"))
    assert "cannot judge" in line and "mine/judge.yaml" in line


def test_the_list_is_one_json_object() -> None:
    found = json.loads(listed("--json"))
    assert found["evidence"]["protocol"] == "evidence" and len(found["evidence"]["digest"]) == 64
