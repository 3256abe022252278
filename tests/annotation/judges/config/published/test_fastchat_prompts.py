"""FastChat's prompts as judges, from files like the published ones."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from annotation.judges.config import registry
from annotation.judges.config.description import JudgeInvalid

pytestmark = pytest.mark.django_db

PROMPTS = [
    {"name": f"{kind}{version}", "type": kind, "system_prompt": "Judge.", "prompt_template": "{question}"}
    for kind, version in (("single", "-v1"), ("single", "-math-v1"), ("pairwise", "-v2"))
]


@pytest.fixture
def prompts(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "judge_prompts.jsonl"
    path.write_text("\n".join(map(json.dumps, PROMPTS)))
    settings.FASTCHAT_PROMPTS = str(path)
    return path


def test_fastchats_prompts_are_two_judges_that_choose_and_one_for_each(prompts: Path) -> None:
    named = [name for name in registry.names() if name.startswith("fastchat/")]
    assert named == [f"fastchat/{name}" for name in ("pair", "pairwise-v2", "single", "single-math-v1", "single-v1")]
    assert list(registry.load("fastchat/single").prompts) == ["single-v1", "single-math-v1"]


def test_a_prompt_that_the_file_lacks_is_named_with_those_that_it_has(prompts: Path) -> None:
    with pytest.raises(JudgeInvalid, match="no prompt 'pair-v9', only single-v1"):
        registry.load("fastchat/pair-v9")


@pytest.mark.parametrize(
    ("text", "says"), [("{", "line 1"), ('{"name": 1}', "judge_prompts.jsonl"), (None, "no such")]
)
def test_a_file_that_holds_no_prompts_is_named(prompts: Path, text: str | None, says: str) -> None:
    prompts.unlink() if text is None else prompts.write_text(text)
    with pytest.raises(JudgeInvalid, match=says):
        registry.load("fastchat/single")
    assert "fastchat/single" in registry.found() and "fastchat/single" not in registry.names()


def test_without_fastchats_files_it_says_what_to_name_where(settings: Settings) -> None:
    settings.FASTCHAT_PROMPTS = settings.VICUNA_PROMPTS = ""
    with pytest.raises(JudgeInvalid, match="STUDIO_FASTCHAT_PROMPTS"):
        registry.load("fastchat/pair")
    with pytest.raises(JudgeInvalid, match="STUDIO_VICUNA_PROMPTS"):
        registry.load("fastchat/vicuna")
    assert not [name for name in registry.found() if name.startswith("fastchat/")]


def test_a_single_prompt_of_a_later_turn_is_a_judge_of_the_second(tmp_path: Path, settings: Settings) -> None:
    later = PROMPTS[0] | {"name": "single-v1-multi-turn"}
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, [PROMPTS[0], later])))
    settings.FASTCHAT_PROMPTS = str(tmp_path / "prompts.jsonl")
    assert registry.load("fastchat/single-v1-multi-turn").turn == 2
    assert registry.load("fastchat/single-v1").turn is None


def test_a_pairwise_prompt_is_asked_as_a_pair(prompts: Path) -> None:
    judge = registry.load("fastchat/pairwise-v2")
    assert (judge.protocol, list(judge.prompts)) == ("fastchat_pair", ["pairwise-v2"])
    assert (judge.settings, judge.author_name) == (
        {"temperature": 0, "max_tokens": 2048},
        "fastchat/pairwise-v2 · gpt-4",
    )


@pytest.fixture
def vicuna(tmp_path: Path, settings: Settings) -> Path:
    settings.VICUNA_PROMPTS = str(tmp_path / "prompt.jsonl")
    return tmp_path / "prompt.jsonl"


def line(category: str) -> str:
    told = {"category": category, "system_prompt": "Judge.", "prompt_template": "{question} {prompt}"}
    return json.dumps(told | {"defaults": {"prompt": f"Mind {category}."}})


def test_vicuna_benchs_prompts_say_what_each_category_minds(vicuna: Path) -> None:
    vicuna.write_text("\n".join([line("general"), line("math")]))
    judge = registry.load("fastchat/vicuna")
    assert judge.prompts["math"].user == "{question} Mind math."
    assert (judge.both_orders, judge.settings["temperature"], judge.protocol) == (False, 0.2, "vicuna_bench")


@pytest.mark.parametrize(("text", "says"), [(line("math"), "no prompt of the category `general`"), ("{}", "v0.1.10")])
def test_a_file_that_is_not_vicuna_benchs_is_refused_by_name(vicuna: Path, text: str, says: str) -> None:
    vicuna.write_text(text)
    with pytest.raises(JudgeInvalid, match=f"prompt.jsonl: .*{says}"):
        registry.load("fastchat/vicuna")
