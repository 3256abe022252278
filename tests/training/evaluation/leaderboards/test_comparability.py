"""Which rows of a leaderboard may stand side by side; where two may not, each difference and its remedy are told."""

from typing import Any

import pytest

from training.evaluation.leaderboards.comparability import LeaderboardKey, key_of, refusal
from training.models import BenchmarkResult


def row(name: str, **fields: Any) -> BenchmarkResult:
    given = {"benchmark": "alpaca_eval", "judge": "gpt-4", "prompts_digest": "a" * 64, "baseline": "davinci"}
    return BenchmarkResult(**given | {"name": name} | fields)


def test_rows_of_one_key_may_be_compared() -> None:
    assert refusal(row("one"), row("other")) == ""
    assert key_of(row("one")) == LeaderboardKey("alpaca_eval", "gpt-4", "a" * 64, "davinci") == key_of(row("other"))


@pytest.mark.parametrize(
    ("fields", "says", "remedy"),
    [
        ({"benchmark": "mt_bench"}, "the benchmarks differ (alpaca_eval and mt_bench)", "of one benchmark"),
        ({"judge": "gpt-5"}, "the judges differ (gpt-4 and gpt-5)", "measure both under one judge"),
        ({"judge": ""}, "the judges differ (gpt-4 and none)", "measure both under one judge"),
        ({"baseline": "gpt-4"}, "the baselines differ (davinci and gpt-4)", "measure both against one baseline"),
        ({"prompts_digest": ""}, "(as published, aaaaaaaa and as published, no digest)", "on the same questions"),
    ],
)
def test_a_difference_is_told_with_its_remedy(fields: dict[str, Any], says: str, remedy: str) -> None:
    told = refusal(row("one"), row("other", **fields))
    assert told.startswith("one and other cannot stand side by side: ")
    assert says in told and remedy in told


def test_all_differences_are_told_at_once() -> None:
    told = refusal(row("one"), row("other", judge="gpt-5", baseline="gpt-4"))
    assert "judges differ" in told and "baselines differ" in told and "one judge and measure both against" in told
