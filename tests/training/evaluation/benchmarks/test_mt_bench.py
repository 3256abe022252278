"""MT-bench as a run that asks a judge: both turns rated, or won in pairs; what is missing is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from annotation import turns
from annotation.models import Author, Collection, Judgment, Prompt, Response, Score
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, serving
from tests.training.evaluation.conftest import Benchmark
from training.models import BenchmarkResult

pytestmark = pytest.mark.django_db(transaction=True)
CATEGORIES = ("writing", "math", "law")
Answering = Callable[..., Author]


@dataclass
class Reader(Endpoint):
    """Likes a response that says Seven: as points, as scores with evidence, or as a verdict."""

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        if self.faults:
            return self.faults.pop(0)
        said = request["messages"][-1]["content"]
        first, _, second = said.partition("</response_A>")
        if not second:
            return completion("Rating: 9" if "Seven" in said else "Rating: 3")
        return completion(f"Verdict: {'A++' if 'Seven' in first else 'B++' if 'Seven' in second else '='}")


@pytest.fixture
def reader(settings: Any) -> Iterator[Endpoint]:
    with serving(Reader()) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-secret"
        yield served


@pytest.fixture
def questions(collection: Collection) -> list[Prompt]:
    return [
        Prompt.objects.create(
            collection=collection,
            category=category,
            messages=[{"role": "user", "content": f"Name a prime of {category}."}],
            metadata={"question_id": number, "turns": [f"Name a prime of {category}.", "Another?"]},
        )
        for number, category in enumerate(CATEGORIES)
    ]


@pytest.fixture
def answering(questions: list[Prompt]) -> Answering:
    """`answering("good", "Seven", "Five")`: a model that says these two things to every question."""

    def make(name: str, *said: str) -> Author:
        author = Author.objects.create(name=name, kind="model")
        for prompt in questions:
            text = turns.written(prompt.metadata["turns"], said)
            Response.objects.create(prompt=prompt, author=author, text=text, metadata={"turns": list(said)})
        return author

    return make


def test_both_turns_are_rated_and_averaged(reader: Endpoint, answering: Answering, benchmark: Benchmark) -> None:
    good, poor = answering("good", "Seven.", "Eleven."), answering("poor", "Four.", "Seven, then.")
    run = benchmark(benchmark="mt_bench", judge="rating", authors=[good.pk, poor.pk])
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get(name="good")
    # The second turn shows the first beneath it, so this judge likes it too.
    assert [row.figures[key] for key in ("turn_1", "turn_2", "average")] == [9, 9, 9]
    poor_row = BenchmarkResult.objects.get(name="poor")
    assert [poor_row.figures[key] for key in ("turn_1", "turn_2", "average")] == [3, 9, 6]
    assert poor_row.figures["by_category_and_turn"]["law"] == {"turn_1": 3, "turn_2": 9, "n": 2}
    assert (poor_row.n, poor_row.mean_length) == (6, len("Four.Seven, then."))
    assert row.judge == "rating v1 · gpt-4-1106-preview"
    (verdict,) = poor_row.verdicts.filter(prompt__category="law")
    assert (verdict.value, verdict.details) == (6, {"turn_1": 3, "turn_2": 9})
    assert (Score.objects.count(), len(reader.asked)) == (12, 12)
    assert (run.done, run.total, run.unit) == (12, 12, "responses")
    benchmark(benchmark="mt_bench", judge="rating", authors=[good.pk, poor.pk])
    assert len(reader.asked) == 12


def test_a_failed_rating_is_counted_and_left_out(reader: Endpoint, answering: Answering, benchmark: Benchmark) -> None:
    good = answering("good", "Seven.", "Eleven.")
    reader.faults = [completion("No.")]
    benchmark(benchmark="mt_bench", judge="rating", authors=[good.pk])
    row = BenchmarkResult.objects.get()
    assert (row.n, row.failed, row.value) == (5, 1, 9)


def test_both_turns_are_played_against_a_baseline(
    reader: Endpoint, answering: Answering, benchmark: Benchmark
) -> None:
    good, base = answering("good", "Seven.", "Eleven."), answering("base", "Four.", "Six.")
    run = benchmark(benchmark="mt_bench", judge="xwin_pair", authors=[good.pk], baseline=base.pk)
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get()
    assert (row.name, row.baseline, row.value, row.n) == ("good", "base", 1.0, 6)
    assert (row.figures["mode"], row.figures["turn_1"], row.figures["turn_2"]) == ("pair", 1, 1)
    assert row.figures["by_category"] == {"law": 1, "math": 1, "writing": 1}
    names = set(Judgment.objects.values_list("author__name", flat=True))
    assert {name[-6:] for name in names} == {"turn 1", "turn 2"}
    # Two turns of three questions in both orders.
    assert len(reader.asked) == 12
    (verdict,) = row.verdicts.filter(prompt__category="law")
    assert [one["turn"] for one in verdict.details["comparisons"]] == [1, 2]


def test_without_a_baseline_a_judge_of_pairs_has_all_play_each_other(
    reader: Endpoint, answering: Answering, benchmark: Benchmark
) -> None:
    authors = [answering(name, said, "Six.").pk for name, said in (("a", "Seven."), ("b", "Four."), ("c", "Eight."))]
    run = benchmark(benchmark="mt_bench", judge="xwin_pair", authors=authors)
    # Three questions of two turns for each two of them.
    assert (run.done, run.total, run.unit) == (18, 18, "pairs")
    assert [row.value for row in BenchmarkResult.objects.order_by("name")] == [1.0, 0.25, 0.25]
    assert {row.baseline for row in BenchmarkResult.objects.all()} == {"each other: a, b, c"}


def test_one_model_alone_cannot_be_compared(reader: Endpoint, answering: Answering, benchmark: Benchmark) -> None:
    run = benchmark(benchmark="mt_bench", judge="xwin_pair", authors=[answering("a", "Seven.", "Six.").pk])
    assert "Name a second author, or a baseline" in run.error


def test_who_answered_the_first_turn_only_is_named(
    reader: Endpoint, answering: Answering, benchmark: Benchmark
) -> None:
    short = answering("short", "Seven.")
    run = benchmark(benchmark="mt_bench", judge="rating", authors=[short.pk])
    assert "short answered only the first turn of 3 questions" in run.error


def test_a_question_of_one_turn_is_judged_once(
    reader: Endpoint, answering: Answering, benchmark: Benchmark, questions: list[Prompt]
) -> None:
    questions[0].metadata = {"question_id": 0, "turns": [questions[0].text]}
    questions[0].save()
    benchmark(benchmark="mt_bench", judge="rating", authors=[answering("good", "Seven.", "Eleven.").pk])
    row = BenchmarkResult.objects.get()
    assert (row.n, row.figures["by_category_and_turn"]["writing"]["turn_2"]) == (5, None)


def test_a_judge_that_reads_pairs_only_says_so_where_it_is_to_rate(
    reader: Endpoint, answering: Answering, benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluation.benchmarks.mt_bench.rates", lambda bench: True)
    run = benchmark(benchmark="mt_bench", judge="xwin_pair", authors=[answering("a", "Seven.", "Six.").pk])
    assert (run.state, "compares two responses" in run.error) == ("failed", True)
