"""A model whose turns end in another token than its EOS stops there: in each program, and after training."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.training.jobs import tiny_models
from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from training.jobs.end_tokens import end_tokens, flat, turn_end
from training.jobs.generation import Policy, Sampling
from training.jobs.templates import TEMPLATES
from training.rundir import read_records

ASKED: dict[str, Any] = {"prompt_id": 1, "prompt": ask("List old tools.")}
SETTINGS: dict[str, Any] = {"draws": [{"n": 1, "temperature": 0.0}], "max_tokens": 20, "engine": "transformers"}
PUBLISHED = [("gemma", True), ("phi", True), ("llama3", True), ("gemma", False)]


@pytest.fixture(scope="module", params=PUBLISHED, ids=str)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A checkpoint whose greedy answer to ASKED is a few words and then the end of its template's turn."""
    template, special = request.param
    path = tiny_models.publish(tmp_path_factory.mktemp("published"), template=template, special=special)
    tokenizer = AutoTokenizer.from_pretrained(path)
    ids = tokenizer.apply_chat_template(ASKED["prompt"], add_generation_prompt=True)["input_ids"]
    end = tokenizer.convert_tokens_to_ids(tiny_models.ENDS[template])
    return path, tokenizer.decode(tiny_models.end_after(path, ids, end))


def test_the_ends_are_eos_the_templates_and_the_generation_configs(tmp_path: Path) -> None:
    path = tiny_models.publish(tmp_path, eos_token_id=[7, 2])
    tokenizer = AutoTokenizer.from_pretrained(path)
    assert tokenizer.eos_token_id == 2
    assert end_tokens(path, tokenizer) == (2, tokenizer.convert_tokens_to_ids("<end_of_turn>"), 7)


@pytest.mark.parametrize("name", [*tiny_models.ENDS])
def test_a_templates_end_is_read_out_of_it(name: str) -> None:
    tokenizer = tiny_models.tokenizer(name)
    end = tokenizer.convert_tokens_to_ids(tiny_models.ENDS[name])
    assert turn_end(tokenizer, tokenizer.chat_template) == end


def test_a_template_of_plain_words_has_no_end_of_its_own() -> None:
    tokenizer = tiny_models.tokenizer("gemma")
    assert turn_end(tokenizer, TEMPLATES["vicuna"].jinja) == tokenizer.eos_token_id
    assert turn_end(tokenizer, "{% for m in messages %}{{ m['content'] + '\n\n### ' }}{% endfor %}") is None
    assert turn_end(tokenizer, "{{ raise_exception('no') }}") is turn_end(tokenizer, None) is None


def test_a_config_gives_one_end_several_or_none() -> None:
    assert flat(2, None, [2, 7], [9, 7]) == [2, 7, 9]
    assert flat(None, None) == []


def test_sampling_stops_there_and_the_text_is_without_it(do: Run, published: tuple[Path, str]) -> None:
    path, answer = published
    run, _ = do("sample", {"prompts": [ASKED]}, base=str(path), **SETTINGS)
    (line,) = read_records(run.output / "responses.jsonl")
    assert (line["response"], line["finish_reason"]) == (answer.strip(), "stop")
    assert line["tokens"] < 20


def test_chat_stops_there_and_says_so(published: tuple[Path, str]) -> None:
    path, answer = published
    policy = Policy(str(path))
    ids = policy.encode(ASKED["prompt"])
    whole, cut = (policy.stream(ids, Sampling(temperature=0, max_tokens=most)) for most in (20, 2))
    assert ("".join(whole), whole.finish_reason) == (answer, "stop")
    assert answer.startswith("".join(cut)) and cut.finish_reason == "length"


def test_what_is_trained_from_it_stops_there_in_every_engine(do: Run, published: tuple[Path, str]) -> None:
    path, _ = published
    run, _ = do("sft", {"train": DEMONSTRATIONS[:4]}, base=str(path), max_steps=1, loss_on="last_answer")
    ends = json.loads((run.output / "generation_config.json").read_text())["eos_token_id"]
    assert ends == list(end_tokens(path, AutoTokenizer.from_pretrained(path)))


def test_a_generation_config_that_transformers_would_not_save_does_not_end_a_training(do: Run, tmp_path: Path) -> None:
    path = tiny_models.publish(tmp_path / "published", temperature=0.9, top_p=0.6)
    _, result = do("sft", {"train": DEMONSTRATIONS[:4]}, base=str(path), max_steps=1, loss_on="last_answer")
    assert result.state == "succeeded", result.error
