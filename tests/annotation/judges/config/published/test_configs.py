"""AlpacaEval's configurations and FastChat's prompts as judges, from files like the published ones."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from annotation.judges.config import registry
from annotation.judges.config.description import JudgeInvalid
from annotation.judges.config.published import alpaca_eval_configs

CONFIG: dict[str, Any] = {
    "prompt_template": "mine/prompt.txt",
    "fn_completions": "openai_completions",
    "completions_kwargs": {"model_name": "gpt-4", "max_tokens": 100, "temperature": 0},
    "fn_completion_parser": "ranking_parser",
    "batch_size": 1,
}
CHAT = "<|im_start|>user\n{instruction} {output_1} {output_2}\n<|im_end|>"
PROMPTS = [
    {"name": f"{kind}{version}", "type": kind, "system_prompt": "Judge.", "prompt_template": "{question}"}
    for kind, version in (("single", "-v1"), ("single", "-math-v1"), ("pairwise", "-v2"))
]


@pytest.fixture
def configs(tmp_path: Path, settings: Settings) -> Path:
    settings.ALPACA_EVAL_CONFIGS = str(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "prompt.txt").write_text(CHAT)
    return tmp_path


def written(configs: Path, **changes: Any) -> None:
    (configs / "mine" / "configs.yaml").write_text(yaml.safe_dump({"mine": CONFIG | changes}))


def test_a_configuration_is_a_judge_of_one_drawn_order(configs: Path) -> None:
    written(configs)
    judge = registry.load("alpaca_eval/mine")
    assert "alpaca_eval/mine" in registry.names()
    assert (judge.model, judge.settings, judge.user) == ("gpt-4", {"max_tokens": 100, "temperature": 0}, CHAT)
    assert (judge.order_seed, judge.both_orders, judge.price.input) == (0, False, 30)
    assert judge.author_name == "mine"


def test_a_configuration_of_patterns_by_number_is_known_by_a_digest(configs: Path) -> None:
    written(configs, fn_completion_parser="regex_parser", completion_parser_kwargs={"outputs_to_match": {1: "a"}})
    judge = registry.load("alpaca_eval/mine")
    assert judge.parser_settings == {"outputs_to_match": {"1": "a"}} and len(judge.digest) == 64


def test_a_configuration_that_draws_no_order_shows_the_baseline_first(configs: Path) -> None:
    written(configs, is_randomize_output_order=False)
    assert registry.load("alpaca_eval/mine").order_seed is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fn_completions": "anthropic_completions"}, "fn_completions: anthropic_completions"),
        ({"fn_completion_parser": "json_parser"}, "fn_completion_parser: answers for json_parser"),
        ({"completions_kwargs": {"model_name": "m", "tools": []}}, "completions_kwargs.tools: such questions"),
        ({"batch_size": 5}, "batch_size: it asks about several pairs"),
        ({"completion_parser_kwargs": {"log_prob_index": -1}}, "log_prob_index: only the first"),
        ({"completions_kwargs": {}}, "model_name: it names no model"),
        ({"prompt_template": "../secret.txt"}, "prompt_template: it must be one file within"),
        ({"prompt_template": "mine/none.txt"}, "none.txt: there is no such file"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_file_and_key(configs: Path, change: dict[str, Any], says: str) -> None:
    written(configs, **change)
    with pytest.raises(JudgeInvalid, match=f"mine.*{says}"):
        registry.load("alpaca_eval/mine")
    assert "alpaca_eval/mine" not in registry.names()


def test_a_name_is_no_path_out_of_the_folder(configs: Path) -> None:
    written(configs)
    with pytest.raises(JudgeInvalid, match="no configuration '../mine', only mine"):
        registry.load("alpaca_eval/../mine")


def test_without_alpaca_evals_files_it_says_how_to_have_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALPACA_EVAL_CONFIGS = ""
    monkeypatch.setattr(alpaca_eval_configs, "find_spec", lambda name: None)
    with pytest.raises(JudgeInvalid, match="STUDIO_ALPACA_EVAL_CONFIGS"):
        registry.load("alpaca_eval/alpaca_eval_gpt4")


def test_the_packages_files_are_read_and_it_is_never_imported(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALPACA_EVAL_CONFIGS = ""
    folder = tmp_path / "alpaca_eval" / "evaluators_configs" / "mine"
    folder.mkdir(parents=True)
    (tmp_path / "alpaca_eval" / "__init__.py").write_text("raise AssertionError")
    (folder / "prompt.txt").write_text(CHAT)
    written(folder.parent)
    monkeypatch.syspath_prepend(tmp_path)
    assert registry.load("alpaca_eval/mine").user == CHAT


def test_a_judge_of_ones_own_may_be_like_a_published_one(configs: Path, settings: Settings) -> None:
    written(configs)
    own = configs / "own" / "ours"
    own.mkdir(parents=True)
    (own / "judge.yaml").write_text("{like: alpaca_eval/mine, model: ours-70b}")
    settings.JUDGES = str(own.parent)
    judge = registry.load("ours")
    assert (judge.model, judge.user, judge.parser, judge.order_seed) == ("ours-70b", CHAT, "ranking_parser", 0)
    assert judge.author_name == "ours v1 · ours-70b"


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
