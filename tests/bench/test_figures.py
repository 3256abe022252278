"""What the table says about a figure and its bar."""

import pytest

from tests.bench.figures import Figure, Skipped, table
from tests.bench.memory import family, proportional
from tests.bench.running import Alone, Through, figures, ticks


@pytest.mark.parametrize(
    ("value", "at_least", "met"), [(5, False, True), (6, False, True), (7, False, False), (5, True, False)]
)
def test_a_bar_is_a_most_unless_it_is_a_least(value: float, at_least: bool, met: bool) -> None:
    assert Figure("second start", value, "s", 6, at_least).met is met


def test_what_was_not_promised_is_neither_met_nor_missed() -> None:
    assert Figure("import beside COPY", 1.1, "× its time").met is None


def test_the_table_says_what_misses_its_bar_and_what_was_skipped() -> None:
    lines = list(table([Figure("second start", 8.25, "s", 6, detail="of three"), Skipped("key press", "no chromium")]))
    assert lines[1].split() == ["second", "start", "8.25", "s", "≤", "6", "s", "NO"]
    assert lines[2] == "    of three"
    assert lines[3].split() == ["key", "press", "skipped:", "no", "chromium"]


def test_a_process_holds_memory_of_its_own() -> None:
    from os import getpid

    assert getpid() in family(getpid())
    assert 5 < proportional(getpid()) < 5_000


def test_a_process_has_used_processor_time() -> None:
    from os import getpid

    assert ticks(getpid())[0] > 0


def test_what_the_studio_adds_to_a_run_leaves_out_how_the_program_ends() -> None:
    through = [Through(51.0, outside=1.5, processor=3.1, watched=52.0)] * 4
    added, beside = figures(through, [Alone(50.0, ending=0.5)] * 4, at_rest=0.05)
    assert added.value == pytest.approx(3.0)
    assert beside.value == pytest.approx(2.0) and beside.detail.startswith("told apart")


def test_runs_that_differ_both_ways_are_not_told_apart() -> None:
    through = [Through(seconds, 1.0, 0.5, seconds) for seconds in (51.0, 49.0)]
    _, beside = figures(through, [Alone(50.0, 0.5)] * 2, at_rest=0.0)
    assert beside.detail.startswith("not told apart: from -2.0 to +2.0 %")
