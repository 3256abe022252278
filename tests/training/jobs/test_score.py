"""Scores: the raw logit, in order, whatever the batches."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import PREFERENCES, Run, ask, make, perform
from training.jobs import score
from training.jobs.checkpoints import load_reward_model
from training.jobs.tokenizer import load_tokenizer
from training.rundir import RunDir, read_records
from training.specs import Score

RESPONSES = [
    {"response_id": f"r{number}", "prompt_id": number // 2, "prompt": ask("List tools."), "response": "saw " * number}
    for number in range(1, 9)
]


def scores(run: RunDir) -> dict[str, float]:
    return {line["response_id"]: line["score"] for line in read_records(run.output / "scores.jsonl")}


def test_a_score_is_the_logit_of_the_rendered_conversation(do: Run, reward_model: str) -> None:
    run, _ = do("score", {"responses": RESPONSES}, base=reward_model, batch_tokens=64)
    spec = Score(precision="fp32")
    tokenizer = load_tokenizer(Path(reward_model), spec)
    model = load_reward_model(Path(reward_model), spec, tokenizer)
    for record in RESPONSES:
        messages = [*record["prompt"], {"role": "assistant", "content": record["response"]}]  # type: ignore[misc]
        ids = tokenizer.apply_chat_template(messages, return_tensors="pt", return_dict=True)["input_ids"]
        with torch.no_grad():
            logit = model(input_ids=ids).logits.item()
        assert scores(run)[str(record["response_id"])] == pytest.approx(logit, abs=1e-5)


def test_scores_come_in_the_order_of_the_responses(do: Run, reward_model: str) -> None:
    run, _ = do("score", {"responses": RESPONSES}, base=reward_model)
    assert list(scores(run)) == [record["response_id"] for record in RESPONSES]


def test_what_cannot_be_scored_is_counted_and_left_out(do: Run, reward_model: str) -> None:
    odd = [{**RESPONSES[0], "response": "x " * 200, "response_id": "long"}]
    odd += [{**RESPONSES[0], "prompt": [], "response_id": "unasked"}]
    run, result = do("score", {"responses": [*RESPONSES, *odd]}, base=reward_model, max_length=64)
    assert result.counts == {"scores": 8, "without": 2, "dropped_too_long": 1, "dropped_roles": 1}
    assert "long" not in scores(run) and "unasked" not in scores(run)


def test_a_killed_program_goes_on_behind_its_last_chunk(
    do: Run, reward_model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(score, "CHUNK", 3)
    whole, _ = do("score", {"responses": RESPONSES}, "whole", base=reward_model)
    run, _ = do("score", {"responses": RESPONSES}, "killed", base=reward_model, seed=7)
    marks: Any = (run.output / "scores.jsonl").read_bytes()
    (run.path / "checkpoints").mkdir()
    three = b"".join(marks.splitlines(keepends=True)[:3])
    (run.output / "scores.jsonl").write_bytes(marks[: len(three) + 20])
    (run.checkpoints / "scores.mark.json").write_text(f'{{"inputs": 3, "bytes": {len(three)}, "counts": {{}}}}')
    perform(run)
    assert scores(run) == pytest.approx(scores(whole), abs=1e-6)


def test_no_conversation_is_longer_than_the_models_positions(do: Run, reward_model: str) -> None:
    """Beyond these a model reads nonsense, or none at all."""
    odd = {**RESPONSES[0], "response": "x" * 300, "response_id": "long"}
    run, result = do("score", {"responses": [*RESPONSES, odd]}, base=reward_model, max_length=4096)
    assert (result.state, result.counts["dropped_too_long"]) == ("succeeded", 1)
    assert "long" not in scores(run)


@pytest.fixture(scope="module")
def second_model(base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another seed, another head."""
    data = {"train": PREFERENCES}
    run = make(tmp_path_factory.mktemp("second") / "run", "reward", data, base=base, seed=11, max_steps=1)
    assert perform(run).state == "succeeded"
    return str(run.output)


def test_several_reward_models_leave_their_own_scores_and_one_together(
    do: Run, reward_model: str, second_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "CHUNK", 3)
    alone = [
        scores(do("score", {"responses": RESPONSES}, name, base=base)[0])
        for name, base in (("first", reward_model), ("second", second_model))
    ]
    both = {"base": reward_model, "reward_models": (second_model,), "combine": "minimum"}
    run, result = do("score", {"responses": RESPONSES}, "both", **both)
    lines = list(read_records(run.output / "scores.jsonl"))
    for line in lines:
        raw = [each[line["response_id"]] for each in alone]
        assert line["scores"] == pytest.approx(raw, abs=1e-5) and line["score"] == min(line["scores"])
    assert [line["response_id"] for line in lines] == [record["response_id"] for record in RESPONSES]
    assert scores(run) != pytest.approx(alone[0], abs=1e-5) and alone[0] != pytest.approx(alone[1], abs=1e-5)
    assert [len(list(read_records(run.output / f"scores_{n}.jsonl"))) for n in (1, 2)] == [8, 8]
    assert result.counts == {"scores_1": 8, "without_1": 0, "scores_2": 8, "without_2": 0, "scores": 8, "without": 0}
