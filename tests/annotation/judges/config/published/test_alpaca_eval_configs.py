"""AlpacaEval's configurations as judges, from files like the published ones."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from annotation.judges.config import registry
from annotation.judges.config.description import JudgeInvalid
from annotation.judges.config.published import alpaca_eval_configs

pytestmark = pytest.mark.django_db

CONFIG: dict[str, Any] = {
    "prompt_template": "mine/prompt.txt",
    "fn_completions": "openai_completions",
    "completions_kwargs": {"model_name": "gpt-4", "max_tokens": 100, "temperature": 0},
    "fn_completion_parser": "ranking_parser",
    "batch_size": 1,
}
CHAT = "<|im_start|>user\n{instruction} {output_1} {output_2}\n<|im_end|>"


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


def test_without_a_parser_alpaca_evals_own_default_reads_the_answers(configs: Path) -> None:
    unsaid = {name: value for name, value in CONFIG.items() if name != "fn_completion_parser"}
    (configs / "mine" / "configs.yaml").write_text(yaml.safe_dump({"mine": unsaid}))
    assert registry.load("alpaca_eval/mine").parser == "regex_parser"


def test_what_only_alpaca_evals_client_needs_is_not_sent(configs: Path) -> None:
    written(
        configs, completions_kwargs={"model_name": "m", "top_p": 0.5, "price_per_token": 1, "requires_chatml": True}
    )
    assert registry.load("alpaca_eval/mine").settings == {"top_p": 0.5}


def test_a_template_without_turns_of_a_chat_is_refused(configs: Path) -> None:
    written(configs)
    (configs / "mine" / "prompt.txt").write_text("Which is better? {output_1} {output_2}")
    with pytest.raises(JudgeInvalid, match="prompt.txt: it has no turns"):
        registry.load("alpaca_eval/mine")


def test_a_file_whose_key_is_not_its_folders_name_is_refused(configs: Path) -> None:
    (configs / "mine" / "configs.yaml").write_text(yaml.safe_dump({"other": CONFIG}))
    with pytest.raises(JudgeInvalid, match="there is no key 'mine'"):
        alpaca_eval_configs.load("mine")
