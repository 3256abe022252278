"""AlpacaEval as a run: who is measured, against whom, and what is said where something is missing."""

from collections.abc import Callable

import pytest

from annotation.models import Author, Judgment, Pair
from tests.training.benchmarks.conftest import GOOD, POOR, Benchmark
from training.models import BenchmarkResult

Answering = Callable[[str, str], Author]
pytestmark = pytest.mark.django_db(transaction=True)


def test_each_author_becomes_a_row_against_the_baseline(answering: Answering, benchmark: Benchmark) -> None:
    good, poor, base = answering("good", GOOD), answering("poor", POOR), answering("base", f"{POOR} hammer")
    run = benchmark(authors=[good.pk, poor.pk], baseline=base.pk)
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get(name="good")
    assert (row.value, row.n, row.failed, row.ties, row.mean_length) == (100.0, 6, 0, 0, len(GOOD))
    assert (row.baseline, row.judge_author, row.run) == ("base", Author.objects.get(kind="judge"), run)
    assert [verdict.value for verdict in row.verdicts.all()] == [1.0] * 6
    assert BenchmarkResult.objects.filter(run=run).count() == 2


def test_the_baseline_itself_draws_every_question_and_no_judge_is_asked(
    answering: Answering, benchmark: Benchmark
) -> None:
    base = answering("base", GOOD)
    benchmark(authors=[base.pk], baseline=base.pk)
    row = BenchmarkResult.objects.get()
    assert (row.value, row.low, row.high, row.ties) == (50.0, 50.0, 50.0, 6)
    assert not Pair.objects.exists()


def test_the_same_words_of_two_models_are_a_draw(answering: Answering, benchmark: Benchmark) -> None:
    benchmark(authors=[answering("one", GOOD).pk], baseline=answering("other", GOOD).pk)
    assert BenchmarkResult.objects.get().ties == 6
    assert not Judgment.objects.exists()


def test_missing_responses_are_named_with_what_to_do(answering: Answering, benchmark: Benchmark) -> None:
    good, poor = answering("good", GOOD), answering("poor", POOR)
    good.responses.first().delete()  # type: ignore[union-attr]  # it has six
    run = benchmark(authors=[good.pk], baseline=poor.pk)
    assert run.state == "failed"
    assert "good has 5 of 6 responses. Import the rest of good: `manage.py import_data" in run.error
    assert benchmark(authors=[good.pk], baseline=poor.pk, partial=True).state == "succeeded"
    row = BenchmarkResult.objects.get()
    assert (row.n, row.figures["n_missing"]) == (5, 1)


def test_without_a_baseline_it_says_so(answering: Answering, benchmark: Benchmark) -> None:
    run = benchmark(authors=[answering("good", GOOD).pk])
    assert run.error == "baseline: AlpacaEval compares with one. Give the id of its author."


def test_a_judge_that_nobody_knows_is_refused_by_name(answering: Answering, benchmark: Benchmark) -> None:
    good = answering("good", GOOD)
    run = benchmark(authors=[good.pk], baseline=good.pk, judge="nobody")
    assert run.error.startswith("judge: There is no judge 'nobody'.")
