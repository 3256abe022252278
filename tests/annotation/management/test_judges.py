import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _with_a_key(db: None, settings: Settings) -> None:
    settings.OPENAI_API_KEY = "sk-test"


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
    able, _, unable = listed().partition("1 judge cannot judge now.")
    assert "xwin_pair" in able and "mine" not in able
    assert "mine/judge.yaml" in unable and unable.splitlines()[-1] == "  mine"


def test_judges_without_a_key_come_last_under_one_remedy(settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    able, _, unable = listed().partition("judges cannot judge now.")
    assert "rubric_one" in able and "  xwin_pair" in unable and unable.count("set OPENAI_API_KEY") == 1


def test_the_list_is_one_json_object() -> None:
    found = json.loads(listed("--json"))
    assert found["evidence"]["protocol"] == "evidence" and len(found["evidence"]["digest"]) == 64
