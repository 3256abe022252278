"""Published rows: their figures, their sources, and beside whom they may stand."""

import pytest
from django.core.management import call_command

from annotation.models import Collection
from training.evaluation.benchmarks import BENCHMARKS, results
from training.evaluation.leaderboards import published
from training.evaluation.leaderboards.comparability import key_of, refusal
from training.models import BenchmarkResult

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(db: None) -> None:
    call_command("load_published")


def row(name: str, judge: str = "alpaca_eval_gpt4", baseline: str = "text_davinci_003") -> BenchmarkResult:
    return BenchmarkResult.objects.get(name=name, judge=judge, baseline=baseline)


@pytest.mark.parametrize(
    ("name", "rate", "error", "wins", "lost", "n", "length"),
    [
        ("xwinlm-70b-v0.1", 95.568040, 0.724942, 765, 35, 801, 1775),
        ("xwinlm-13b-v0.1", 91.760300, 0.968139, 734, 65, 801, 1894),
        ("xwinlm-7b-v0.1", 87.827715, 1.154309, 703, 97, 801, 1894),
    ],
)
def test_xwin_stands_with_its_published_figures(
    name: str, rate: float, error: float, wins: int, lost: int, n: int, length: int
) -> None:
    found = row(name)
    assert found.value == pytest.approx(rate, abs=1e-6)
    assert found.figures["standard_error"] == pytest.approx(error, abs=1e-6)
    assert (found.figures["n_wins"], found.figures["n_wins_base"]) == (wins, lost)
    assert (found.n, found.failed, found.mean_length) == (n, 805 - n, length)
    assert found.low is not None and found.high is not None
    assert found.low < rate < found.high


def test_every_row_names_its_source_and_no_run() -> None:
    rows = BenchmarkResult.objects.all()
    assert len(rows) == sum(len(board.rows) for board in published.boards())
    assert all(found.source and found.run is None and found.value is not None for found in rows)


def test_the_counts_of_a_published_row_agree_with_its_rate() -> None:
    for found in BenchmarkResult.objects.filter(judge="alpaca_eval_gpt4", figures__has_key="n_draws"):
        counts = found.figures
        assert counts["n_wins"] + counts["n_wins_base"] + counts["n_draws"] == found.n, found.name


def test_every_published_benchmark_is_in_the_table() -> None:
    assert {board.benchmark for board in published.boards()} <= BENCHMARKS.keys()


def test_loading_again_changes_what_changed_and_adds_nothing() -> None:
    before = BenchmarkResult.objects.count()
    BenchmarkResult.objects.filter(name="gpt4").update(value=1)
    call_command("load_published")
    assert BenchmarkResult.objects.count() == before
    assert not BenchmarkResult.objects.filter(value=1).exists()


def test_rows_under_one_judge_set_and_baseline_stand_side_by_side() -> None:
    assert refusal(row("xwinlm-70b-v0.1"), row("gpt4")) == ""
    assert key_of(row("gpt4")) == key_of(row("alpaca-7b"))


def test_another_judge_and_baseline_are_refused_with_what_to_do() -> None:
    other = row("gpt4", "weighted_alpaca_eval_gpt4_turbo", "gpt4_1106_preview")
    assert refusal(row("gpt4"), other) == (
        "gpt4 and gpt4 cannot stand side by side: the judges differ (alpaca_eval_gpt4 and"
        " weighted_alpaca_eval_gpt4_turbo); the baselines differ (text_davinci_003 and gpt4_1106_preview)."
        " To compare them, measure both under one judge and measure both against one baseline."
    )


def test_other_questions_are_refused_by_the_name_of_their_collection() -> None:
    mine = row("gpt4")
    mine.collection, mine.prompts_digest = Collection(name="My questions"), "0123456789"
    assert "the sets of questions differ (as published, a26c2e0b and My questions, 01234567)" in refusal(
        row("gpt4"), mine
    )


def test_the_digest_of_a_set_does_not_depend_on_the_order_of_import(db: None) -> None:
    sets = [Collection.objects.create(slug=name, name=name) for name in ("one", "other")]
    for collection, words in zip(sets, ("ab", "ba"), strict=True):
        for word in words:
            collection.prompts.create(messages=[{"role": "user", "content": word}])
    assert results.prompts_digest(sets[0]) == results.prompts_digest(sets[1])
