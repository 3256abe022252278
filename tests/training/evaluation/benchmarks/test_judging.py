"""A judge behind an endpoint, asked by a benchmark run: what fails, what it costs, and what is not asked again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annotation.judges.client import calls
from annotation.models import Author, JudgeCall
from tests.annotation.judges.endpoint import Endpoint, completion, serving
from tests.training.evaluation.conftest import Benchmark, Reported
from tests.training.sampling import GOOD, POOR
from training.models import BenchmarkResult

Answering = Callable[[str, str], Author]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.05)
    with serving(Endpoint(verdict=lambda first, second: f"Verdict: {'A++' if 'cat' in first else 'B++'}")) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-a-key"
        yield served


@pytest.fixture
def measured(answering: Answering, benchmark: Benchmark, endpoint: Endpoint) -> Callable[..., BenchmarkResult]:
    good, base = answering("good", GOOD), answering("base", POOR)

    def measure(**settings: Any) -> BenchmarkResult:
        run = benchmark(authors=[good.pk], baseline=base.pk, judge="xwin_pair", **settings)
        assert run.state == "succeeded", run.error
        return BenchmarkResult.objects.get(run=run)

    return measure


def test_every_pair_is_asked_in_both_orders_and_the_run_says_what_it_spent(
    measured: Callable[..., BenchmarkResult], endpoint: Endpoint
) -> None:
    row = measured()
    assert (row.value, row.n, row.failed) == (100.0, 6, 0)
    assert len(endpoint.asked) == 12
    assert row.run is not None
    assert row.run.result["calls"] == 12
    assert row.run.result["price"] == pytest.approx(sum(call.price for call in JudgeCall.objects.all()))


def test_progress_is_one_whole_over_all_models(
    answering: Answering, benchmark: Benchmark, endpoint: Endpoint, reported: Reported
) -> None:
    good, other, base = answering("good", GOOD), answering("other", f"A {GOOD}"), answering("base", POOR)
    run = benchmark(authors=[good.pk, other.pk], baseline=base.pk, judge="xwin_pair")
    assert (run.state, run.done) == ("succeeded", 12)
    assert reported[0][0] == 0 and reported == sorted(reported)
    assert {(total, unit) for _, total, unit in reported} == {(12, "pairs")}


def test_a_second_run_asks_nothing_and_finds_the_same(
    measured: Callable[..., BenchmarkResult], endpoint: Endpoint
) -> None:
    first, second = measured(), measured()
    assert len(endpoint.asked) == 12
    assert second.figures == first.figures
    assert second.run is not None and second.run.result["calls"] == 0


def test_an_answer_that_cannot_be_read_is_counted_as_failed(
    measured: Callable[..., BenchmarkResult], endpoint: Endpoint
) -> None:
    endpoint.faults = [completion("I would rather not say.")]
    row = measured()
    assert (row.n, row.failed, row.figures["n_failed"]) == (5, 1, 1)
    assert row.verdicts.filter(value=None).count() == 1


def test_a_run_pauses_at_its_budget_and_a_later_one_pays_only_for_the_rest(
    answering: Answering, benchmark: Benchmark, endpoint: Endpoint
) -> None:
    good, base = answering("good", GOOD), answering("base", POOR)
    asked = {"authors": [good.pk], "baseline": base.pk, "judge": "xwin_pair"}
    paused = benchmark(**asked, budget=1e-9)
    assert paused.state == "cancelled"
    assert "0 of 6 pairs judged. $0.00 was paid" in paused.error and paused.result["out_of_budget"]
    assert endpoint.asked == []
    assert benchmark(**asked).state == "succeeded"
    assert len(endpoint.asked) == 12
