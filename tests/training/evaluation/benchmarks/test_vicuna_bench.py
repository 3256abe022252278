"""Vicuna-bench as a run that asks a judge: evidence first, both orders, calibrated; what varies goes to people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from annotation.models import Author
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, serving
from tests.training.evaluation.conftest import Benchmark
from training.models import BenchmarkResult

pytestmark = pytest.mark.django_db(transaction=True)
Answering = Callable[[str, str], Author]


@dataclass
class Leaning(Endpoint):
    """Gives 8 and 6 to good and poor, whichever comes first; but of Anna's question it likes what it reads first."""

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        said = request["messages"][-1]["content"]
        first, _, _ = said.partition("</response_A>")
        good_first = "Anna" in said or "good" in first.partition("<response_A>")[2]
        scores = (8, 6) if good_first else (6, 8)
        return completion(f"Because.\nScore of A: {scores[0]}\nScore of B: {scores[1]}")


@pytest.fixture
def leaning(settings: Any) -> Iterator[Endpoint]:
    with serving(Leaning()) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-secret"
        yield served


def test_scores_are_calibrated_over_both_orders_and_samples(
    leaning: Endpoint, answering: Answering, benchmark: Benchmark
) -> None:
    poor, good = answering("poor", "a poor answer"), answering("good", "a good answer")
    run = benchmark(benchmark="vicuna_bench", judge="evidence", authors=[good.pk], baseline=poor.pk)
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get()
    # Five questions of 6 to 8, and Anna's of 7 to 7.
    assert (row.figures["score_1"], row.figures["score_2"]) == (37, 47)
    assert row.value == pytest.approx(100 * 47 / 37)
    assert (row.figures["win_2"], row.figures["tie"], row.ties, row.n) == (5, 1, 1, 6)
    assert row.figures["conflict_rate"] == pytest.approx(1 / 6)
    (varying,) = row.figures["for_people"]
    anna = row.verdicts.get(prompt=varying["prompt"])
    assert "Anna" in anna.prompt.text
    assert (anna.value, anna.details["scores"]) == (0.5, [7, 7])
    assert anna.details["entropy"] == varying["entropy"] > 0


@pytest.mark.usefixtures("leaning")
def test_without_a_baseline_it_says_so(answering: Answering, benchmark: Benchmark) -> None:
    run = benchmark(benchmark="vicuna_bench", judge="evidence", authors=[answering("good", "good").pk])
    assert run.error.startswith("baseline: Vicuna-bench scores two answers")
