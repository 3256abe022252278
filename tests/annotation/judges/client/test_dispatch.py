"""A line of questions to a pool: how many are under way, what waits, and what is left behind."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.client.dispatch import Dispatcher
from annotation.judges.config.registry import Judge, load
from annotation.models.prompts import Message
from tests.annotation.judges.endpoint import Endpoint, completion, fault, serving

pytestmark = pytest.mark.django_db

ASKED: list[Message] = [
    {"role": "user", "content": "<response_A>\nFour.\n</response_A><response_B>\nSeven.\n</response_B>"}
]
Came = dict[str, Answer | CallFailed]


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint()) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-a-secret"
        settings.OPENAI_IN_FLIGHT = 3
        yield served


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def ask(line: Dispatcher[str], *keys: str) -> None:
    for key in keys:
        line.ask(key, ASKED, {}, f"digest of {key}")


def all_of(line: Dispatcher[str]) -> Came:
    found: Came = {}
    while line.under_way:
        found |= line.answers()
    return found


def test_each_answer_comes_under_the_key_of_its_question(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one", "other")
        found = all_of(line)
    assert set(found) == {"one", "other"}
    assert all(isinstance(answer, Answer) and answer.text == "Verdict: =" for answer in found.values())


def test_its_seats_are_those_of_the_endpoints_or_fewer(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    for wanted, seats in ((None, 3), (2, 2), (50, 3)):
        with Dispatcher[str](judge, tmp_path, wanted) as line:
            assert line.in_flight == seats


def test_a_few_more_lie_ready_than_are_asked_at_once(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    endpoint.seconds = 0.05
    with Dispatcher[str](judge, tmp_path) as line:
        assert line.free == 3 + 4
        ask(line, *map(str, range(7)))
        assert line.free == 0
        assert len(all_of(line)) == 7 and line.free == 7
    assert endpoint.most_at_once == 3


def test_nobody_waits_longer_than_wanted_for_an_answer(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    endpoint.slow = [1.0]
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        assert line.answers(seconds=0.01) == [] and line.under_way == 1
        assert list(all_of(line)) == ["one"]


def test_what_was_dropped_is_never_asked_and_what_is_under_way_is_answered(
    endpoint: Endpoint, judge: Judge, tmp_path: Path
) -> None:
    endpoint.seconds = 0.2
    with Dispatcher[str](judge, tmp_path, in_flight=1) as line:
        ask(line, "one", "two", "three")
        while not endpoint.at_once:
            time.sleep(0.01)
        line.drop()
        assert list(all_of(line)) == ["one"]
    assert len(endpoint.asked) == 1


def test_without_a_key_it_does_not_open_and_leaves_no_file(
    endpoint: Endpoint, judge: Judge, tmp_path: Path, settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    with pytest.raises(CallFailed, match="OPENAI_API_KEY"), Dispatcher[str](judge, tmp_path / "answers"):
        pass
    assert not (tmp_path / "answers").exists()


def test_what_was_paid_for_and_not_stored_is_known_to_the_next_and_not_asked_again(
    endpoint: Endpoint, judge: Judge, tmp_path: Path
) -> None:
    with pytest.raises(ZeroDivisionError), Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        all_of(line)
        raise ZeroDivisionError
    with Dispatcher[str](judge, tmp_path) as line:
        assert line.knows("digest of one") and not line.knows("digest of other")
        ask(line, "one")
        assert list(all_of(line)) == ["one"]
    assert len(endpoint.asked) == 1


def test_what_was_stored_is_forgotten_by_the_next(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        all_of(line)
    with Dispatcher[str](judge, tmp_path) as line:
        assert not line.knows("digest of one")


def test_a_line_that_waits_keeps_the_answers_of_what_it_left_under_way(
    endpoint: Endpoint, judge: Judge, tmp_path: Path
) -> None:
    endpoint.seconds = 0.2
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        while not endpoint.at_once:
            time.sleep(0.01)
    with Dispatcher[str](judge, tmp_path) as line:
        assert line.knows("digest of one")


def test_a_line_that_gives_up_ends_before_a_slow_answer(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    endpoint.slow = [2.0]
    with Dispatcher[str](judge, tmp_path, gives_up=True) as line:
        ask(line, "one")
        while not endpoint.at_once:
            time.sleep(0.01)
    assert endpoint.at_once == 1


def test_a_purpose_tells_the_endpoint_which_question_it_is_and_none_tells_nothing(
    endpoint: Endpoint, judge: Judge, tmp_path: Path
) -> None:
    for purpose in ("run 7", ""):
        with Dispatcher[str](judge, tmp_path, purpose=purpose) as line:
            ask(line, "one")
            all_of(line)
    assert len(endpoint.asked) == 2 and len(endpoint.idempotency_keys) == 1


def test_a_failure_comes_under_its_key_as_an_answer_does(endpoint: Endpoint, judge: Judge, tmp_path: Path) -> None:
    endpoint.faults = [fault(400, "context_length_exceeded")]
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        found = all_of(line)["one"]
    assert isinstance(found, CallFailed) and not found.stops


def test_an_answer_lies_in_the_journal_before_it_is_handed_out(
    endpoint: Endpoint, judge: Judge, tmp_path: Path
) -> None:
    endpoint.faults = [completion("Verdict: A")]
    with Dispatcher[str](judge, tmp_path) as line:
        ask(line, "one")
        while line.came.empty():
            time.sleep(0.01)
        (path,) = tmp_path.glob("*.jsonl")
        last = orjson.loads(path.read_bytes().splitlines()[-1])
        assert (last["answered"], last["answer"]["text"]) == ("digest of one", "Verdict: A")
        all_of(line)
