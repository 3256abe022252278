"""A leaderboard: rows that may stand together, their ranks, and the axis that they share."""

from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict

from frontend.presenters.evaluation import leaderboards
from frontend.presenters.evaluation.leaderboards import Board, arranged, known, table
from tests.annotation.making import collection
from tests.frontend.machines import run
from training.models import BenchmarkResult

pytestmark = pytest.mark.django_db


def result(name: str, value: float | None, own: bool = True, **fields: Any) -> BenchmarkResult:
    given: dict[str, Any] = {"benchmark": "alpaca_eval", "judge": "a-judge", "baseline": "base", "name": name}
    given |= {"run": run("benchmark")} if own else {"source": "A paper", "project": None}
    return BenchmarkResult.objects.create(**(given | {"value": value, "n": 3} | fields))


def board() -> Board:
    (only,) = known()
    return only


def shown(query: str = "") -> leaderboards.LeaderboardTable:
    return table(board(), QueryDict(query))


def test_rows_share_a_board_only_with_their_own_judge_set_and_baseline() -> None:
    result("one", 60.0)
    others: list[dict[str, Any]] = [{"judge": "b-judge"}, {"baseline": "c"}, {"prompts_digest": "d" * 64}]
    for other in [*others, {"benchmark": "mt_bench"}]:
        result("one", 60.0, **other)
    assert len(known()) == 5


def test_a_board_counts_its_own_rows_and_names_its_best() -> None:
    best = result("best", 60.0, own=False)
    result("mine", 50.0), result("failed", None)
    found = board()
    assert (found.n, found.own, found.published, found.best) == (3, 2, 1, best)


def test_boards_with_rows_of_our_own_stand_first() -> None:
    result("published", 60.0, own=False, judge="a")
    result("mine", 60.0, judge="z")
    assert [one.key.judge for one in known()] == ["z", "a"]


def test_a_board_is_named_by_judge_baseline_and_questions() -> None:
    result("one", 60.0, collection=collection("poems"), prompts_digest="d" * 64)
    assert board().title == "a-judge, against base, on poems"
    BenchmarkResult.objects.update(collection=None, baseline="", judge="")
    assert board().title == f"no judge, on questions {'d' * 8}"
    BenchmarkResult.objects.update(prompts_digest="")
    assert board().questions == "questions as published"


def test_a_rank_is_by_the_main_figure_whatever_the_rows_are_sorted_by() -> None:
    for name, value in (("a", 50.0), ("b", 70.0), ("c", None), ("d", 70.0)):
        result(name, value)
    assert [(row.result.name, row.rank) for row in shown("sort=name").rows] == [("a", 3), ("b", 1), ("c", 0), ("d", 1)]
    assert [row.result.name for row in shown().rows][-1] == "c"


def test_rows_without_a_figure_stand_last_either_way() -> None:
    rows = [result("a", 50.0, figures={"turn_1": 1.0}), result("b", 60.0), result("c", 70.0, figures={"turn_1": 2.0})]
    for descending, order in ((False, ["a", "c", "b"]), (True, ["c", "a", "b"])):
        assert [row.name for row in arranged(rows, "turn_1", descending)] == order


def test_names_are_sorted_without_regard_to_capitals() -> None:
    rows = [result(name, 50.0) for name in ("Zeta", "alpha", "Beta")]
    assert [row.name for row in arranged(rows, "name", False)] == ["alpha", "Beta", "Zeta"]


def test_an_unknown_sort_is_refused() -> None:
    result("one", 50.0)
    with pytest.raises(BadRequest):
        shown("sort=-weather")


@pytest.mark.parametrize(
    ("benchmark", "low", "high", "lowest", "highest"),
    [
        ("alpaca_eval", 40.0, 60.0, 39.2, 60.8),
        ("alpaca_eval", 0.0, 99.9, 0.0, 100.0),
        ("vicuna_bench", 50.0, 150.0, 46.0, 154.0),
    ],
)
def test_the_axis_holds_every_end_and_ends_where_the_scale_does(
    benchmark: str, low: float, high: float, lowest: float, highest: float
) -> None:
    result("one", (low + high) / 2, benchmark=benchmark, low=low, high=high)
    found = shown()
    assert found.lowest == pytest.approx(lowest) and found.highest == pytest.approx(highest)


def test_further_figures_are_those_that_the_row_has() -> None:
    told = {"length_controlled_winrate": 55.0, "lc_low": 50.0, "lc_high": 60.0}
    ((title, cell),) = leaderboards.further(result("one", 60.0, figures=told))
    assert (title, cell.value, cell.low, cell.high) == ("Length-controlled, %", 55.0, 50.0, 60.0)


def test_boards_cost_two_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    for number in range(5):
        result("one", 60.0, judge=f"judge {number}")
    with django_assert_num_queries(2):
        assert len(known()) == 5
