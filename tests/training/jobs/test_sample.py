"""Sampling: distinct, reproducible, and safe against a kill at any moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask, make, perform
from training.jobs import sample
from training.jobs.appending import Appender
from training.jobs.engines import Answer, AnswerRequest, load_sampler
from training.jobs.running import StopRequest
from training.rundir import RunDir, read_records
from training.specs import Draw, Sample

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

    def close(self) -> None:
        pass


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


def test_responses_to_held_out_prompts_are_held_out(do: Run, base: str) -> None:
    prompts = [PROMPTS[0] | {"split": "test"}, PROMPTS[1] | {"split": "train"}, PROMPTS[2]]
    run, _ = do("sample", {"prompts": prompts}, base=base, draws=[{}], max_tokens=4)
    assert [line.get("split") for line in read_records(run.output / "responses.jsonl")] == ["test", "train", None]


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


def test_an_empty_answer_is_none_of_the_distinct_ones(do: Run, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Scripted(["a", "", " \n"], ["", "b"], ["c"])
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: engine)
    run, result = do("sample", {"prompts": PROMPTS[:1]}, base=base, draws=[{"n": 3}], attempts=3)
    assert [text for _, text in texts(run, "responses")] == ["a", "b", "c"]
    assert (result.counts["responses_empty"], result.counts["responses_short"]) == (3, 0)


@pytest.mark.parametrize("draw", [{"n": 2, "distinct": False}, {"n": 1}])
def test_an_empty_answer_is_kept_in_an_evaluation(
    do: Run, base: str, monkeypatch: pytest.MonkeyPatch, draw: dict[str, Any]
) -> None:
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: Scripted(["", "a"]))
    run, result = do("sample", {"prompts": PROMPTS[:1]}, base=base, draws=[draw])
    assert [text for _, text in texts(run, "responses")] == ["", "a"][: draw["n"]]
    assert "responses_empty" not in result.counts


ODD: list[dict[str, Any]] = [
    PROMPTS[0],
    {"prompt_id": "long", "prompt": ask("tools " * 400)},
    {"prompt_id": "system", "prompt": [{"role": "system", "content": "Be kind."}, *ask("List tools.")]},
    {"prompt_id": "tool", "prompt": [*ask("List tools."), {"role": "tool", "content": "saw"}]},
    {"prompt_id": "close", "prompt": ask("x" * 245)},
    PROMPTS[1],
]


@pytest.mark.parametrize("distinct", [True, False])
def test_a_prompt_that_cannot_be_asked_is_counted_named_and_passed_over(
    do: Run, base: str, caplog: pytest.LogCaptureFixture, distinct: bool
) -> None:
    caplog.set_level("WARNING")
    draws = [{"n": 2, "distinct": distinct}]
    run, result = do("sample", {"prompts": ODD}, base=base, draws=draws, max_tokens=12, engine="transformers")
    assert result.state == "succeeded", result.error
    assert [prompt for prompt, _ in texts(run, "responses")] == [0, 0, "close", "close", 1, 1]
    counts = {name: result.counts[f"responses_{name}"] for name in ("responses", "too_long", "refused", "short")}
    assert counts == {"responses": 6, "too_long": 1, "refused": 2, "short": 0}
    assert (
        "prompt long: it has" in caplog.text and "and the model reads and writes 256; it has no answer" in caplog.text
    )
    assert "prompt system: the chat template refuses it" in caplog.text
    assert "prompt tool: a turn of tool follows user" in caplog.text


def test_an_answer_gets_the_room_that_is_left(do: Run, base: str) -> None:
    run, _ = do("sample", {"prompts": ODD}, base=base, draws=[{"n": 4}], max_tokens=12, engine="transformers")
    close = [line for line in read_records(run.output / "responses.jsonl") if line["prompt_id"] == "close"]
    assert {line["prompt_tokens"] for line in close} == {248}
    assert max(line["tokens"] for line in close) == 8


def test_the_log_names_the_first_that_cannot_be_asked_and_counts_all(
    do: Run, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    odd = [{**ODD[2], "prompt_id": number} for number in range(50)]
    _, result = do("sample", {"prompts": odd}, base=base, chunk=7, engine="transformers")
    assert result.counts["responses_refused"] == 50
    assert caplog.text.count("the chat template refuses it") == sample.NAMED


@pytest.fixture(scope="module")
def second(base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another model, which says other things."""
    shape = {"vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "positions": 256, "seed": 23}
    run = make(tmp_path_factory.mktemp("second") / "create", "create", {"corpus": DEMONSTRATIONS}, **shape)
    assert perform(run).state == "succeeded"
    return str(run.output)


def test_several_checkpoints_answer_the_same_prompts_and_each_answer_says_whose_it_is(
    do: Run, base: str, second: str
) -> None:
    """Six prompts in chunks of four: one chunk begins with the first checkpoint and ends with the second."""
    asked = {"draws": [{"name": "two", "n": 2}], "max_tokens": 12, "chunk": 4, "base": base}
    alone, _ = do("sample", {"prompts": PROMPTS[:6]}, "first", **asked)
    both = asked | {"policies": (second,), "sources": ("a", "b")}
    run, result = do("sample", {"prompts": PROMPTS[:6]}, "both", **both)
    lines = list(read_records(run.output / "two.jsonl"))
    assert texts(run, "two")[:12] == texts(alone, "two")
    spec = run.spec
    assert isinstance(spec, Sample)
    sampler = load_sampler(spec, Path(second))
    others = sample.answered(sampler, spec, spec.draws[0], PROMPTS[:2], 6)
    assert [line["response"] for line in lines[12:16]] == [
        one.text for each in others for one in each.answers.values()
    ]
    assert [(line["place"], line["source"]) for line in lines] == [(0, "a")] * 12 + [(1, "b")] * 12
    assert len({line["response_id"] for line in lines}) == 24 == result.counts["two_responses"]
