"""The progress of a run that asks a judge: one whole, however many parts it asks in."""

from typing import Any

import pytest

from annotation.judges.runs.outcomes import Outcome
from training.runs import judge_session
from training.runs.failures import RunFailed, RunStopped
from training.runs.judge_session import JudgeProgress, settled
from training.worker import transitions


class Renewal:
    """Of a run that nobody stops."""

    held, must_stop = "a claim", False


class Clock:
    """Stands in for `time`."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(judge_session, "time", clock := Clock())
    return clock


@pytest.fixture
def row(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What stands on the run's row."""
    row: dict[str, Any] = {}
    monkeypatch.setattr(transitions, "report", lambda held, **fields: row.update(fields))
    return row


def progress(*parts: int, **more: Any) -> JudgeProgress:
    return JudgeProgress(Renewal(), parts or None, **more)  # type: ignore[arg-type]


def told(row: dict[str, Any]) -> tuple[int, int, str]:
    return row["done"], row["total"], row["unit"]


def test_a_run_of_one_part_is_as_large_as_what_its_judge_reads(row: dict[str, Any]) -> None:
    progress().write(Outcome(pairs=30, already=10, judged=2))
    assert told(row) == (12, 30, "pairs")


def test_parts_are_one_whole_that_only_grows(row: dict[str, Any]) -> None:
    # Six prompts each; of the second comparison four pairs are of the same words, and nobody is asked.
    run, seen = progress(6, 6, 6), []
    for asked in (6, 2, 0):
        run.begin(6)
        seen.append(told(row))
        for judged in range(asked + 1):
            run.write(Outcome(pairs=asked, judged=judged))
            seen.append(told(row))
    run.end()
    assert seen == sorted(seen) and {(total, unit) for _, total, unit in seen} == {(18, "pairs")}
    assert seen[0] == (0, 18, "pairs") and told(row) == (18, 18, "pairs")


def test_the_time_left_is_that_of_all_parts(row: dict[str, Any], clock: Clock) -> None:
    run = progress(10, 30, noun="response")
    run.begin(10)
    for judged in range(6):
        run.write(Outcome(pairs=10, judged=judged))
        clock.now += 2
    assert (row["rate"], row["eta_seconds"]) == (0.5, 35 / 0.5)


def test_a_part_in_which_nothing_was_asked_makes_nobody_quicker(row: dict[str, Any], clock: Clock) -> None:
    run = progress(10, 1000, 10)
    for size in (10, 1000, 10):
        run.begin(size)
        for judged in range(0 if size == 1000 else 6):
            run.write(Outcome(pairs=size, judged=judged))
            clock.now += 1
    assert row["rate"] == pytest.approx(1.0, rel=0.2)


def test_what_may_be_paid_for_twice_is_that_of_all_parts(row: dict[str, Any]) -> None:
    run = progress(2, 2)
    for unheard in (3, 1):
        run.begin(2)
        run.write(Outcome(pairs=2, judged=1, unheard=unheard))
    assert row["result"]["unheard"] == 4


def test_what_was_judged_before_makes_nobody_quicker(row: dict[str, Any], clock: Clock) -> None:
    run = progress(10, 1000)
    for size, already in ((10, 0), (1000, 980)):
        run.begin(size)
        for judged in range(11):
            run.write(Outcome(pairs=size, already=already, judged=judged))
            clock.now += 2
    # Two seconds lie between the parts, in which nothing was judged.
    assert (row["done"], row["rate"], row["eta_seconds"]) == (1000, round(20 / 42, 2), 10 / round(20 / 42, 2))


def test_a_part_begins_on_the_row_at_once_and_then_it_is_written_now_and_then(
    row: dict[str, Any], clock: Clock
) -> None:
    run = progress(8, 8)
    for part in (0, 8):
        run.begin(8)
        for judged in range(1, 9):
            run.note(Outcome(pairs=8, judged=judged))
        assert row["done"] == part + 1
        clock.now += 1


@pytest.mark.parametrize(
    ("outcome", "error", "says"),
    [
        (
            Outcome(pairs=6, judged=2, stopped="It is spent", out_of_budget=True),
            RunStopped,
            "It is spent: 8 of 12 pairs",
        ),
        (Outcome(pairs=6, judged=2, stopped="No endpoint answers."), RunFailed, "No endpoint answers"),
    ],
)
def test_a_judge_that_stops_early_says_how_far_the_whole_run_is(
    row: dict[str, Any], outcome: Outcome, error: type[Exception], says: str
) -> None:
    run = progress(6, 6)
    run.begin(6)
    run.begin(6)
    with pytest.raises(error, match=says):
        settled(outcome, run)


def test_responses_are_rated(row: dict[str, Any]) -> None:
    with pytest.raises(RunStopped, match="It is spent: 2 of 6 responses rated"):
        settled(Outcome(pairs=6, judged=2, stopped="It is spent", out_of_budget=True), progress(noun="response"))
