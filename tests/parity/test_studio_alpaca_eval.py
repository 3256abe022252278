"""AlpacaEval's published figures out of the studio: files in, a benchmark run, a row of the leaderboard."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Q
from pytest_django import DjangoDbBlocker

from annotation.judges.config.published.alpaca_eval import switched
from annotation.judges.config.registry import load
from annotation.judges.runs.questions import questions
from annotation.models import Author, JudgeCall, Judgment
from tests.conftest import DATA, at_work
from training.evaluation.leaderboards import exports
from training.evaluation.leaderboards.comparability import refusal
from training.evaluation.leaderboards.comparison import compare
from training.models import BenchmarkResult, Run
from training.runs import launching
from training.worker import execution, renewal

pytestmark = pytest.mark.django_db

AE1, AE2 = "alpaca_eval_gpt4", "weighted_alpaca_eval_gpt4_turbo"
FILES = {AE1: "annotations_ae1", AE2: "annotations_ae2"}
BASELINES = {AE1: "text_davinci_003", AE2: "gpt4_1106_preview"}
# Judge, model and C of the published fit, with the published figures.
PUBLISHED: dict[tuple[str, str, float], dict[str, float]] = {
    (AE1, "vicuna-13b", 0.35938136638): {
        "win_rate": 70.434783,
        "standard_error": 1.606969,
        "n_wins": 566,
        "n_wins_base": 237,
        "n_draws": 2,
        "length_controlled_winrate": 50.002947,
    },
    (AE1, "alpaca-7b", 2.78255940221): {
        "win_rate": 26.459627,
        "standard_error": 1.535711,
        "n_wins": 205,
        "n_wins_base": 584,
        "n_draws": 16,
        "length_controlled_winrate": 26.294955,
    },
    (AE2, "vicuna-13b", 2.78255940221): {
        "win_rate": 5.831103,
        "standard_error": 0.742283,
        "discrete_win_rate": 5.590062,
        "length_controlled_winrate": 9.222060,
    },
    (AE2, "alpaca-7b", 21.5443469003): {
        "win_rate": 2.591451,
        "standard_error": 0.487086,
        "discrete_win_rate": 2.298137,
        "length_controlled_winrate": 5.875487,
    },
}


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Both leaderboards' files in one collection, once for these tests."""
    if not DATA.is_dir():
        pytest.skip(f"the published data is not at {DATA}")
    with django_db_blocker.unblock(), at_work():
        for folder in FILES.values():
            for model in ("vicuna-13b", "alpaca-7b"):
                take("alpaca_annotations", f"{folder}/{model}.json")
        call_command("import_difficulty", file_at("lc/instruction_difficulty_recovered.csv"), collection="alpaca-eval")
        call_command(
            "import_difficulty", file_at("lc/df_gamed_surrogate_smooth.csv"), "--collection=alpaca-eval", "--gamed"
        )
    yield
    with django_db_blocker.unblock():
        call_command("flush", interactive=False)


def file_at(path: str) -> Path:
    return DATA / "alpaca_eval" / path


def take(format: str, path: str) -> None:
    call_command("import_data", format, file_at(path), collection="alpaca-eval")


@pytest.fixture
def measured(
    imported: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> Callable[..., BenchmarkResult]:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    # The thread that renews the lease has a connection of its own, which does not see this test's transaction.
    monkeypatch.setattr(renewal, "EVERY_SECONDS", 600.0)
    settings.RUNS_DIR, settings.LEASE_SECONDS = tmp_path, 2400

    def measure(judge: str, model: str, **others: Any) -> BenchmarkResult:
        asked = {"benchmark": "alpaca_eval", "judge": judge, "collection": "alpaca-eval", **others}
        asked |= {"authors": [pk(model)], "baseline": pk(BASELINES[judge.rpartition("/")[2]])}
        run = launching.launch("benchmark", asked)
        execution.execute(run.pk, "w1")
        assert Run.objects.get(pk=run.pk).state == "succeeded", Run.objects.get(pk=run.pk).error
        return BenchmarkResult.objects.get(run=run)

    return measure


def pk(name: str) -> int:
    return Author.objects.get(name=name, kind="model").pk


@pytest.mark.parametrize(("judge", "model", "c"), PUBLISHED)
def test_the_row_has_the_published_figures_and_no_judge_was_asked(
    measured: Callable[..., BenchmarkResult], judge: str, model: str, c: float
) -> None:
    row = measured(judge, model, l1_c=c)
    for name, value in PUBLISHED[judge, model, c].items():
        close = 1e-4 if name.startswith("length") else 1e-6
        assert row.figures[name] == pytest.approx(value, abs=close), name
    assert (row.n, row.figures["n_missing"], row.judge, row.baseline) == (805, 0, judge, BASELINES[judge])
    assert row.figures["lc_notes"] == []
    assert row.figures["lc_low"] < row.figures["length_controlled_winrate"] < row.figures["lc_high"]
    assert not JudgeCall.objects.exists()


def test_the_mean_length_is_the_published_one(measured: Callable[..., BenchmarkResult]) -> None:
    assert measured(AE1, "vicuna-13b").mean_length == 1037


def test_fractions_survive_the_import(imported: None) -> None:
    judged = Judgment.objects.filter(author__name=AE2).select_related("pair__right__author")
    fractions = [judgment for judgment in judged if judgment.preference is not None]
    assert len(fractions) > 1000
    for judgment in fractions:
        assert judgment.preference is not None
        baseline_left = judgment.pair.right.author.name != BASELINES[AE2]
        model_better = judgment.preference if baseline_left else 1 - judgment.preference
        assert 1 + model_better == pytest.approx(judgment.details["preference"], abs=1e-12)


def test_a_judge_whose_verdicts_were_imported_cannot_be_asked_for_more(
    measured: Callable[..., BenchmarkResult], imported: None
) -> None:
    asked = {"benchmark": "alpaca_eval", "judge": AE1, "collection": "alpaca-eval", "baseline": pk("alpaca-7b")}
    run = launching.launch("benchmark", asked | {"authors": [pk("vicuna-13b")]})
    execution.execute(run.pk, "w1")
    run.refresh_from_db()
    assert "alpaca_eval_gpt4 has judged 0 of 804 pairs and cannot be asked for the rest" in run.error


@pytest.mark.parametrize(("judge", "model"), [(AE1, "vicuna-13b"), (AE2, "alpaca-7b")])
def test_what_was_imported_comes_back_as_it_was(
    measured: Callable[..., BenchmarkResult], judge: str, model: str
) -> None:
    published = json.loads(file_at(f"{FILES[judge]}/{model}.json").read_text())
    exported = list(exports.annotations(measured(judge, model)))
    assert len(exported) == 805
    for was, now in zip(published, exported, strict=True):
        assert now == {name: value for name, value in was.items() if value is not None}


def test_two_published_models_are_told_apart(measured: Callable[..., BenchmarkResult]) -> None:
    alpaca, vicuna = measured(AE1, "alpaca-7b"), measured(AE1, "vicuna-13b")
    found = compare(alpaca, vicuna)
    assert found.better == vicuna
    assert found.difference.estimate == pytest.approx(70.434783 - 26.459627, abs=1e-6)
    assert found.at_equal_length is not None and found.at_equal_length > 55


def test_the_judge_read_from_its_published_files_signs_as_the_published_one(
    measured: Callable[..., BenchmarkResult], settings: Any
) -> None:
    settings.ALPACA_EVAL_CONFIGS = str(file_at("evaluators_configs"))
    row = measured(f"alpaca_eval/{AE1}", "vicuna-13b")
    assert (row.judge, row.n) == (AE1, 805)
    assert row.value == pytest.approx(70.434783, abs=1e-6)
    assert not JudgeCall.objects.exists()


def test_a_measured_row_stands_beside_the_published_ones(measured: Callable[..., BenchmarkResult]) -> None:
    call_command("load_published")
    row = measured(AE1, "vicuna-13b")
    assert refusal(row, BenchmarkResult.objects.get(name="xwinlm-70b-v0.1", judge=AE1, run=None)) == ""
    assert "the judges differ" in refusal(row, BenchmarkResult.objects.get(name="xwinlm-70b-v0.1", judge=AE2))


@pytest.mark.parametrize("judge", FILES)
def test_a_judging_run_would_ask_the_published_questions_in_the_published_order(
    imported: None, judge: str, settings: Any
) -> None:
    settings.ALPACA_EVAL_CONFIGS = str(file_at("evaluators_configs"))
    asked = load(f"alpaca_eval/{judge}")
    judged = Judgment.objects.filter(author__name=judge).order_by("pk")
    of_vicuna = judged.filter(Q(pair__left__author__name="vicuna-13b") | Q(pair__right__author__name="vicuna-13b"))
    pairs = [
        judgment.pair for judgment in of_vicuna.select_related("pair__prompt", "pair__left", "pair__right__author")
    ]
    shown = [next(questions(asked, pair)).shown for pair in pairs]
    assert len(pairs) == 805
    # Which of two reads first is drawn from the instruction; on which side of the pair it lies, is not.
    assert [judgment.shown for judgment in of_vicuna] == shown
    assert sum(switched(pair.prompt.text) for pair in pairs) == 406
    assert asked.author == Author.objects.get(name=judge, kind="judge")
