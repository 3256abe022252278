"""The frame in which a judge is asked: it stays within its budget, stops when it is told, and pays for what came."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.config.description import Price
from annotation.judges.config.registry import load
from annotation.judges.runs.frame import Questioning
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.judges.runs.questions import Question
from annotation.models import Author, JudgeCall

# A dollar for each token of a prompt; nothing for an answer.
JUDGE = replace(load("xwin_pair"), price=Price(input=1e6, output=0.0))
# By estimate ten tokens: six of text, four around it.
QUESTION = Question("left_first", 0, [{"role": "user", "content": "x" * 24}], {"max_tokens": 5, "seed": 3})


class Asks(Questioning[str, str, str]):
    """One question about each name; what is called `known` needs none."""

    def more(self, asked: Iterator[str]) -> list[str] | None:
        name = next(asked, None)
        if name is None or name == "known":
            return None if name is None else [name]
        self.waiting.append((name, f"digest of {name}", QUESTION))
        return []

    def take(self, answers: list[tuple[str, Answer | CallFailed]]) -> list[str]:
        return [key for key, _ in answers]


@dataclass
class FakeDispatcher:
    """A dispatcher of so many seats that only remembers."""

    free: int = 10
    known: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    dropped: bool = False

    @property
    def under_way(self) -> int:
        return len(self.asked)

    def knows(self, digest: str) -> bool:
        return digest in self.known

    def ask(self, key: str, *question: Any) -> None:
        self.free -= 1
        self.asked.append(key)

    def drop(self) -> None:
        self.dropped = True


def asks(budget: float | None = None, stops: Callable[[], bool] = lambda: False, spent: float = 0.0) -> Asks:
    purpose = Purpose("run 7", budget=budget)
    return Asks(JUDGE, Author(name="a-judge"), Outcome(price=spent), stops, purpose)


def filled(one: Asks, line: FakeDispatcher, *names: str) -> list[list[str]]:
    return list(one.fill(line, iter(names)))  # type: ignore[arg-type]


def test_a_line_is_filled_to_its_last_seat_and_no_further() -> None:
    line = FakeDispatcher(free=2)
    filled(asks(), line, "one", "two", "three")
    assert line.asked == ["one", "two"]


def test_what_needs_no_question_is_done_at_once() -> None:
    line = FakeDispatcher()
    assert ["known"] in filled(asks(), line, "one", "known", "two")
    assert line.asked == ["one", "two"]


def test_a_question_that_the_budget_may_not_bear_waits_for_those_under_way() -> None:
    one, line = asks(budget=25.0), FakeDispatcher()
    filled(one, line, "one", "two", "three")
    assert line.asked == ["one", "two"]
    assert (one.outcome.stopped, one.outcome.out_of_budget) == ("", False)
    assert [key for key, *_ in one.waiting] == ["three"]


def test_where_nothing_is_under_way_the_budget_ends_it_and_says_how_large_it_was() -> None:
    one, line = asks(budget=9.5), FakeDispatcher()
    filled(one, line, "one")
    assert (line.asked, one.outcome.out_of_budget) == ([], True)
    assert one.outcome.stopped == "The budget of $9.50 is spent"


def test_what_earlier_attempts_spent_is_part_of_the_budget() -> None:
    one, line = asks(budget=25.0, spent=10.0), FakeDispatcher()
    filled(one, line, "one", "two")
    assert line.asked == ["one"]


def test_an_answer_that_was_paid_for_before_needs_no_budget() -> None:
    one, line = asks(budget=0.0), FakeDispatcher(known={"digest of one"})
    filled(one, line, "one", "two")
    assert line.asked == ["one"]


def test_when_cancelled_nothing_more_is_asked_and_what_lies_ready_is_dropped() -> None:
    one, line = asks(stops=lambda: True), FakeDispatcher()
    filled(one, line, "one")
    assert (one.outcome.stopped, line.dropped, line.asked) == ("It was cancelled.", True, [])


def test_the_first_reason_to_stop_is_the_one_that_is_told() -> None:
    one, line = asks(stops=lambda: True), FakeDispatcher()
    one.outcome.stopped = "The key is refused."
    filled(one, line, "one")
    assert (one.outcome.stopped, line.dropped) == ("The key is refused.", True)


@pytest.mark.parametrize("stops", [True, False])
def test_a_failure_ends_the_line_only_where_no_other_question_would_be_answered(stops: bool) -> None:
    one = asks(budget=15.0)
    one.budget.begin("one", QUESTION)
    assert one.stops("one", CallFailed("The key is refused.", Fault.KEY, stops=stops)) is stops
    assert one.outcome.stopped == ("The key is refused." if stops else "")
    assert one.budget.affords(QUESTION)


@pytest.mark.parametrize(("share", "price"), [(1.0, 30.0), (0.5, 15.0)])
def test_an_answer_is_kept_with_what_it_cost_and_counts_against_the_budget(share: float, price: float) -> None:
    one, call = asks(budget=50.0), JudgeCall()
    one.budget.begin("one", QUESTION)
    one.pay("one", call, Answer("Verdict: A", "m-1", 30, 7, 1.5, endpoint="east", share=share))
    assert (call.raw, call.model, call.endpoint, call.latency) == ("Verdict: A", "m-1", "east", 1.5)
    assert (call.tokens_in, call.tokens_out, call.price) == (30, 7, price)
    assert (one.budget.spent, one.budget.reserved) == (price, 0.0)


def test_a_refusal_is_paid_for_and_is_the_error_of_its_call() -> None:
    one, call = asks(), JudgeCall()
    one.pay("one", call, Answer("No.", "m-1", 30, 7, 1.5, refusal=CallFailed("The judge refused: No.")))
    assert (call.error, call.price) == ("The judge refused: No.", 30.0)


def test_a_call_says_what_was_asked_for_whom_and_with_which_seed() -> None:
    call = asks().call(QUESTION)
    assert (call.shown, call.sample, call.seed, call.asked_for) == ("left_first", 0, 3, "run 7")
    assert (call.prompt_digest, call.settings) == (QUESTION.digest(JUDGE), {"max_tokens": 5, "seed": 3})
