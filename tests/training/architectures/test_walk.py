"""Published families from SFT to DPO by the real programs, and what they say beside transformers' own calls."""

from collections.abc import Iterator
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from tests.training.architectures.families import FAMILIES, publish
from tests.training.architectures.walk import LEARNS, PROMPTS, STAGES, Walk
from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, perform
from training.jobs.conversations import with_answer
from training.jobs.end_tokens import end_tokens
from training.rundir import Result


@pytest.fixture(scope="module", params=FAMILIES)
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Walk, dict[str, Result]]:
    folder = tmp_path_factory.mktemp(request.param)
    walk = Walk(request.param, publish(request.param, folder / "base"), folder, perform)
    return walk, {stage: result for stage, _, result in walk.go()}


def test_every_stage_succeeds_and_learns_from_every_row(walked: tuple[Walk, dict[str, Result]]) -> None:
    _, results = walked
    assert {stage: result.error for stage, result in results.items()} == dict.fromkeys(STAGES, "")
    assert results["sft"].counts == {"rows": len(DEMONSTRATIONS), "held_out": 0, "truncated": 0, "steps": 1}
    assert results["reward"].counts["rows"] + results["reward"].counts["held_out"] == len(PREFERENCES)
    assert results["sample"].counts["responses_responses"] == 4 * len(PROMPTS)
    assert results["score"].counts == {"scores": 4 * len(PROMPTS), "without": 0}
    assert results["dpo"].counts["rows"] == results["keep_best"].counts["pairs"] == 2 * len(PROMPTS)
    assert results["dpo"].figures["train_loss"] == pytest.approx(log(2), abs=1e-6), "policy and reference differ"


def test_greedy_answers_are_transformers_own(walked: tuple[Walk, dict[str, Result]]) -> None:
    walk, _ = walked
    checkpoint = Path(walk.left("sft"))
    tokenizer, model = AutoTokenizer.from_pretrained(checkpoint), AutoModelForCausalLM.from_pretrained(checkpoint)
    for asked, answer in zip(PROMPTS, walk.left("sample", "greedy.jsonl"), strict=True):
        ids = tokenizer.apply_chat_template(
            asked["prompt"], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        said = model.generate(**ids, do_sample=False, max_new_tokens=24)[0, ids["input_ids"].shape[1] :].tolist()
        assert answer["tokens"] == len(said)
        ended = said[-1] in end_tokens(checkpoint, tokenizer)
        assert answer["finish_reason"] == ("stop" if ended else "length")
        assert answer["response"] == tokenizer.decode(said[:-1] if ended else said, skip_special_tokens=True).strip()


def test_scores_are_the_logits_of_each_conversation_alone(walked: tuple[Walk, dict[str, Result]]) -> None:
    walk, _ = walked
    checkpoint = walk.left("reward")
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    for record, scored in zip(walk.left("sample", "responses.jsonl"), walk.left("score", "scores.jsonl"), strict=True):
        ids = tokenizer.apply_chat_template(
            with_answer(record, record["response"]), return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            assert scored["score"] == pytest.approx(float(model(**ids).logits[0, 0]), abs=1e-4)


def test_what_is_made_loads_whole_and_differs_from_what_it_came_from(walked: tuple[Walk, dict[str, Result]]) -> None:
    walk, _ = walked
    for stage in sorted(LEARNS):
        loader: Any = AutoModelForSequenceClassification if stage == "reward" else AutoModelForCausalLM
        made, told = loader.from_pretrained(walk.left(stage), output_loading_info=True)
        assert not any(told.values()), told
        before = AutoModelForCausalLM.from_pretrained(walk.base if stage == "sft" else walk.left("sft"))
        assert list(changed(made.state_dict(), before.state_dict())), stage


def changed(after: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    for name, weight in after.items():
        if name in before and before[name].shape == weight.shape and not torch.equal(before[name], weight):
            yield name
