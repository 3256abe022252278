"""Leaderboards as files: one key, best first, in the published columns, and no cell that a spreadsheet computes."""

import csv
import io
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import JudgeCall, Judgment, Prompt
from training.evaluation.benchmarks import BENCHMARKS
from training.evaluation.leaderboards.comparison import Incomparable
from training.evaluation.leaderboards.exports import annotation, as_csv, guarded, leaderboard
from training.models import BenchmarkResult, BenchmarkVerdict


def row(name: str, value: float | None, **fields: Any) -> BenchmarkResult:
    given = {"benchmark": "mt_bench", "judge": "gpt-4", "figures": {"mean": value, "by_turn": [1, 2]}, "run_id": 7}
    return BenchmarkResult(**given | {"name": name, "value": value} | fields)


def test_the_best_stands_first_and_one_without_a_figure_last() -> None:
    names = [one["name"] for one in leaderboard([row("b", 6.0), row("none", None), row("a", 6.0), row("best", 8.0)])]
    assert names == ["best", "a", "b", "none"]


def test_other_benchmarks_have_the_figures_that_fit_into_a_cell() -> None:
    (only,) = leaderboard([row("m", 6.0)])
    assert only == {"name": "m", "mean": 6.0, "source": "run 7"}


def test_alpaca_eval_has_the_published_columns_in_their_order() -> None:
    (only,) = leaderboard([row("m", 61.0, benchmark="alpaca_eval", figures={"win_rate": 61.0}, low=55.0, high=67.0)])
    assert list(only)[1:-1] == list(BENCHMARKS["alpaca_eval"].columns)
    assert (only["win_rate"], only["low"], only["n_wins"]) == (61.0, 55.0, None)


def test_rows_of_two_judges_are_no_table() -> None:
    with pytest.raises(Incomparable, match="2 different judges"):
        leaderboard([row("a", 1.0), row("b", 2.0, judge="gpt-5")])


def test_a_csv_begins_as_pandas_writes_it_and_nothing_is_nothing() -> None:
    read = list(csv.reader(io.StringIO(as_csv(leaderboard([row("=cmd()", 6.0)])))))
    assert read == [["", "mean", "source"], ["'=cmd()", "6.0", "run 7"]]
    assert as_csv(leaderboard([])) == ""


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_marked_as_text(value: str) -> None:
    assert guarded(value) == f"'{value}" and guarded(-1.5) == -1.5 and guarded("m-1") == "m-1"


def test_what_a_judge_wrote_is_left_out_once_it_is_erased() -> None:
    verdict = BenchmarkVerdict(prompt=Prompt(), value=1.0, judgment=Judgment())
    calls = [JudgeCall(raw="m", price=0.5), JudgeCall(raw="", price=0.5)]
    assert annotation(row("m", 6.0), verdict, calls)["raw_completion"] == ["m", ""]
    calls[1].raw_erased_at = timezone.now()
    record = annotation(row("m", 6.0), verdict, calls)
    assert record["price_per_example"] == 1.0 and "raw_completion" not in record
