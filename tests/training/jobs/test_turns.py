"""Two turns: the second sees its own first, at the temperature of its category."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import Run, ask, make, perform
from tests.training.jobs.test_sample import Killed, kill_after
from training.jobs import sample
from training.jobs.engines import Answer, AnswerRequest
from training.rundir import read_records
from training.specs import Draw, SpecError, parse

CATEGORIES = ["writing", "math", "stem", "of my own"]
QUESTIONS: list[dict[str, Any]] = [
    {
        "prompt_id": number,
        "prompt": ask(f"List {category} tools."),
        "category": category,
        "follow_ups": [{"content": "And more?", "heading": "\n\n> And more?\n\n"}],
    }
    for number, category in enumerate(CATEGORIES)
]
DRAWS = [{"n": 1, "temperature_by": "mt_bench"}]
SETTINGS: dict[str, Any] = {"draws": DRAWS, "max_tokens": 8, "chunk": 2, "batch_size": 8}


class Listening:
    """An engine that repeats what it is asked, and remembers at which temperature."""

    name = "listening"

    def __init__(self) -> None:
        self.heard: list[tuple[str, float, int]] = []

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer]]:
        for one in asks:
            self.heard.append((one.prompt[-1]["content"], draw.temperature, len(one.prompt)))
            said = " / ".join(message["content"] for message in one.prompt)
            yield [Answer(f"<{said}>", "stop", 2, 3) for _ in range(one.n)]


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Listening:
    engine = Listening()
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: engine)
    return engine


def test_each_category_has_its_published_temperature_in_both_turns(do: Run, base: str, listening: Listening) -> None:
    do("sample", {"prompts": QUESTIONS}, base=base, **SETTINGS)
    at = {(text, length): temperature for text, temperature, length in listening.heard if length == 1}
    expected = {"writing": 0.7, "math": 0.0, "stem": 0.1, "of my own": 0.7}
    assert at == {(f"List {category} tools.", 1): degree for category, degree in expected.items()}
    assert sorted(degree for _, degree, length in listening.heard if length == 3) == [0.0, 0.1, 0.7, 0.7]


def test_the_second_turn_sees_its_own_first(do: Run, base: str, listening: Listening) -> None:
    run, _ = do("sample", {"prompts": QUESTIONS[:1]}, base=base, **SETTINGS)
    (line,) = read_records(run.output / "responses.jsonl")
    first = "<List writing tools.>"
    second = f"<List writing tools. / {first} / And more?>"
    assert line["turns"] == [first, second]
    assert line["response"] == f"{first}\n\n> And more?\n\n{second}"
    assert (line["temperature"], line["tokens"], line["prompt_tokens"]) == (0.7, 4, 6)


def test_a_system_message_stands_before_prompts_that_have_none(do: Run, base: str, listening: Listening) -> None:
    own = {"prompt_id": 9, "prompt": [{"role": "system", "content": "Be brief."}, *ask("List.")]}
    draws = [{"n": 1, "system": "Be kind."}]
    run, _ = do("sample", {"prompts": [QUESTIONS[0], own]}, base=base, draws=draws)
    first, second = read_records(run.output / "responses.jsonl")
    assert first["turns"][0] == "<Be kind. / List writing tools.>"
    assert first["turns"][1].startswith("<Be kind. / List writing tools. / <Be kind.")
    assert second["response"] == "<Be brief. / List.>"
    assert first["prompt"] == QUESTIONS[0]["prompt"]


def test_each_of_several_answers_has_a_second_turn_of_its_own(do: Run, base: str, listening: Listening) -> None:
    run, _ = do("sample", {"prompts": QUESTIONS[:1]}, base=base, draws=[{"n": 3, "distinct": False}])
    assert [len(line["turns"]) for line in read_records(run.output / "responses.jsonl")] == [2, 2, 2]


def test_a_question_of_one_turn_is_answered_as_ever(do: Run, base: str, listening: Listening) -> None:
    single = [{"prompt_id": 1, "prompt": ask("List tools."), "category": "math"}]
    run, _ = do("sample", {"prompts": single}, base=base, **SETTINGS)
    (line,) = read_records(run.output / "responses.jsonl")
    assert "turns" not in line
    assert line["temperature"] == 0


def test_several_answers_at_the_published_temperatures_are_refused() -> None:
    with pytest.raises(SpecError, match="n: MT-bench answers each question once"):
        parse("sample", {"draws": [{"n": 2, "temperature_by": "mt_bench"}]})


def test_a_real_model_answers_both_turns_and_goes_on_after_a_kill(
    do: Run, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = do("sample", {"prompts": QUESTIONS}, "whole", base=base, **SETTINGS)
    run = make(tmp_path / "killed", "sample", {"prompts": QUESTIONS}, base=base, **SETTINGS)
    with monkeypatch.context() as patch:
        kill_after(patch, 1)
        with pytest.raises(Killed):
            perform(run)
    perform(run)
    lines = list(read_records(run.output / "responses.jsonl"))
    assert lines == list(read_records(whole.output / "responses.jsonl"))
    assert [len(line["turns"]) for line in lines] == [2, 2, 2, 2]
    assert all(line["response"] == "\n\n> And more?\n\n".join(line["turns"]) for line in lines)


def test_a_conversation_whose_second_turn_has_no_room_is_left_out(do: Run, base: str) -> None:
    """And is not drawn again until a shorter first answer makes room: that would flatter."""
    long = {**QUESTIONS[1], "follow_ups": [{"content": "And more? " * 100}]}
    run, result = do("sample", {"prompts": [*QUESTIONS, long]}, base=base, **SETTINGS)
    assert [line["prompt_id"] for line in read_records(run.output / "responses.jsonl")] == [0, 1, 2, 3]
    assert (result.counts["responses_too_long"], result.counts["responses_short"]) == (1, 0)
