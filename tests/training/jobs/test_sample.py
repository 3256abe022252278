"""Sampling: distinct, reproducible, and safe against a kill at any moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import Run, ask, make, perform
from training.jobs import sample
from training.jobs.appending import Appender
from training.jobs.engines import Answer, AnswerRequest
from training.jobs.running import StopRequest
from training.rundir import RunDir, read_records
from training.specs import Draw

PROMPTS = [{"prompt_id": number, "prompt": ask(f"List {'old ' * (number % 3)}tools.")} for number in range(10)]
DRAWS = [
    {"name": "warm", "n": 3},
    {"name": "greedy", "n": 1, "temperature": 0.0, "first": 2, "limit": 5},
]
SETTINGS: dict[str, Any] = {"draws": DRAWS, "max_tokens": 12, "chunk": 4, "batch_size": 8}


class Killed(BaseException):
    """The process is gone: nothing in the program may catch it."""


class Scripted:
    """An engine that says what it was told to say."""

    name = "scripted"

    def __init__(self, *rounds: Sequence[str]) -> None:
        self.rounds = list(rounds)
        self.asked: list[int] = []

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer]]:
        texts = list(self.rounds.pop(0))
        self.asked += [one.n for one in asks]
        yield from ([Answer(texts.pop(0), "stop", 1, 1) for _ in range(one.n)] for one in asks)


def texts(run: RunDir, name: str) -> list[tuple[int, str]]:
    return [(line["prompt_id"], line["response"]) for line in read_records(run.output / f"{name}.jsonl")]


def test_each_prompt_has_n_distinct_responses_and_all_is_recorded(do: Run, base: str) -> None:
    run, result = do("sample", {"prompts": PROMPTS}, base=base, **SETTINGS)
    lines = list(read_records(run.output / "warm.jsonl"))
    assert [line["prompt_id"] for line in lines] == [number for number in range(10) for _ in range(3)]
    assert len({(line["prompt_id"], " ".join(line["response"].split())) for line in lines}) == 30
    assert len({line["response_id"] for line in lines}) == 30
    assert {line["finish_reason"] for line in lines} <= {"stop", "length"}
    assert all(0 < line["tokens"] <= 12 and line["prompt_tokens"] > 0 for line in lines)
    assert result.counts["warm_responses"] == 30 and result.counts["warm_short"] == 0


def test_a_draw_takes_its_part_of_the_prompts(do: Run, base: str) -> None:
    run, _ = do("sample", {"prompts": PROMPTS}, base=base, **SETTINGS)
    assert [prompt for prompt, _ in texts(run, "greedy")] == [2, 3, 4, 5, 6]


def test_greedy_decoding_is_what_transformers_own_generation_says(do: Run, base: str) -> None:
    from training.jobs.checkpoints import load_policy
    from training.jobs.tokenizer import load_tokenizer
    from training.specs import Sample

    run, _ = do("sample", {"prompts": PROMPTS}, base=base, **SETTINGS)
    tokenizer = load_tokenizer(Path(base), Sample())
    model = load_policy(Path(base), Sample(precision="fp32"), tokenizer)
    for (_, said), record in zip(texts(run, "greedy"), PROMPTS[2:7], strict=True):
        ids = tokenizer.apply_chat_template(
            record["prompt"], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]
        answer = model.generate(ids, do_sample=False, max_new_tokens=12)[0, ids.shape[1] :]
        assert said == tokenizer.decode(answer, skip_special_tokens=True).strip()


@pytest.mark.parametrize("writes", [0, 1, 2, 4])
def test_a_kill_loses_nothing_and_doubles_nothing(
    do: Run, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    whole, _ = do("sample", {"prompts": PROMPTS}, "whole", base=base, **SETTINGS)
    run = make(tmp_path / "killed", "sample", {"prompts": PROMPTS}, base=base, **SETTINGS)
    with monkeypatch.context() as patch:
        kill_after(patch, writes)
        with pytest.raises(Killed):
            perform(run)
    perform(run)
    for name in ("warm", "greedy"):
        assert texts(run, name) == texts(whole, name)


def kill_after(patch: pytest.MonkeyPatch, writes: int) -> None:
    """Between a chunk's bytes and its mark, the worst moment."""
    append, left = Appender.append, [writes]

    def cut(self: Appender, *args: Any) -> None:
        if left[0] == 0:
            self.file.write(b'{"prompt_id": 0, "response": "cut')
            self.file.flush()
            raise Killed
        left[0] -= 1
        append(self, *args)

    patch.setattr(Appender, "append", cut)


def test_a_wish_to_stop_is_obeyed_between_two_chunks(base: str, tmp_path: Path) -> None:
    run = make(tmp_path / "run", "sample", {"prompts": PROMPTS}, base=base, **SETTINGS)
    (run.path / "cancel").touch()
    assert perform(run).state == "cancelled"
    (run.path / "cancel").unlink()
    result = perform(run, StopRequest(run))
    assert result.state == "succeeded" and len(texts(run, "warm")) == 30


def test_responses_that_differ_in_white_space_only_are_drawn_again(
    do: Run, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Scripted(["a b", "a  b ", "c"], ["c"], ["d"])
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: engine)
    run, result = do("sample", {"prompts": PROMPTS[:1]}, base=base, draws=[{"n": 3}], attempts=3)
    assert engine.asked == [3, 1, 1]
    assert [text for _, text in texts(run, "responses")] == ["a b", "c", "d"]
    assert result.counts["responses_short"] == 0


def test_a_shortfall_is_counted_and_not_padded(do: Run, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: Scripted(["a", "a"], ["a"]))
    run, result = do("sample", {"prompts": PROMPTS[:1]}, base=base, draws=[{"n": 2}], attempts=2)
    assert len(texts(run, "responses")) == 1
    assert result.counts["responses_short"] == 1


def test_repetitions_are_kept_where_distinctness_is_not_asked_for(
    do: Run, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: Scripted(["a", "a"]))
    run, _ = do("sample", {"prompts": PROMPTS[:1]}, base=base, draws=[{"n": 2, "distinct": False}])
    assert [text for _, text in texts(run, "responses")] == ["a", "a"]
