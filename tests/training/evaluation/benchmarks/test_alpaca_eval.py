"""AlpacaEval as a run: who is measured, against whom, and what is said where something is missing."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Author, Collection, Judgment, Pair, Prompt
from tests.training.evaluation.conftest import Benchmark
from tests.training.sampling import GOOD, POOR
from training.models import BenchmarkResult
from training.runs.forms import FormInvalid

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
    assert (row.value, row.ties) == (50.0, 6)
    # Six draws do not say that every other would be one.
    assert (row.low, row.high) == pytest.approx((36.26395, 63.73605))
    assert not Pair.objects.exists()


def test_the_same_words_of_two_models_are_a_draw(answering: Answering, benchmark: Benchmark) -> None:
    benchmark(authors=[answering("one", GOOD).pk], baseline=answering("other", GOOD).pk)
    assert BenchmarkResult.objects.get().ties == 6
    assert not Judgment.objects.exists()


def test_a_pair_says_whose_response_is_the_baselines_for_judges_of_one_order(
    answering: Answering, benchmark: Benchmark
) -> None:
    good, poor = answering("good", GOOD), answering("poor", POOR)
    for author, baseline in ((good, poor), (poor, good)):
        benchmark(authors=[author.pk], baseline=baseline.pk)
        assert {pair.metadata["baseline"] for pair in Pair.objects.all()} == {baseline.name}


def test_missing_responses_are_named_with_what_to_do(answering: Answering, benchmark: Benchmark) -> None:
    good, poor = answering("good", GOOD), answering("poor", POOR)
    good.responses.first().delete()  # type: ignore[union-attr]  # it has six
    run = benchmark(authors=[good.pk], baseline=poor.pk)
    assert run.state == "failed"
    assert "good has 5 of 6 responses. Import the rest of good: `python manage.py import_data" in run.error
    assert benchmark(authors=[good.pk], baseline=poor.pk, partial=True).state == "succeeded"
    row = BenchmarkResult.objects.get()
    assert (row.n, row.figures["n_missing"]) == (5, 1)


def test_without_a_baseline_it_says_so(answering: Answering, benchmark: Benchmark) -> None:
    run = benchmark(authors=[answering("good", GOOD).pk])
    assert run.error == "baseline: AlpacaEval compares with one. Give the id of its author."


def test_a_judge_that_nobody_knows_is_refused_by_name(answering: Answering, benchmark: Benchmark) -> None:
    good = answering("good", GOOD)
    with pytest.raises(FormInvalid, match="judge: There is no judge 'nobody'"):
        benchmark(authors=[good.pk], baseline=good.pk, judge="nobody")


def test_length_control_is_rough_until_its_inputs_are_imported(
    answering: Answering, benchmark: Benchmark, tmp_path: Path, collection: Collection
) -> None:
    good, poor = answering("good", GOOD), answering("poor", POOR)
    benchmark(authors=[good.pk], baseline=poor.pk)
    rough = BenchmarkResult.objects.get().figures
    assert rough["length_controlled_winrate"] is None
    assert "import it with `python manage.py import_difficulty FILE --collection toys`" in rough["lc_notes"][0]

    rows = [f'"{prompt.text}",0.5' for prompt in collection.prompts.all()]
    call_command(
        "import_difficulty", written(tmp_path, "instruction,instruction_difficulty", *rows), collection="toys"
    )
    gamed = written(tmp_path, "std_delta_len,instruction_difficulty,preference", "-1,0.5,0.4", "1,0.5,0.6")
    call_command("import_difficulty", gamed, "--gamed", collection="toys")
    benchmark(authors=[good.pk], baseline=poor.pk)
    whole = BenchmarkResult.objects.latest("pk").figures
    assert whole["lc_notes"] == []
    assert whole["lc_low"] <= whole["length_controlled_winrate"] <= whole["lc_high"]


def test_gamed_baselines_may_be_authors_whose_verdicts_are_there(answering: Answering, benchmark: Benchmark) -> None:
    good, poor, verbose = answering("good", GOOD), answering("poor", POOR), answering("verbose", f"{GOOD} {POOR}")
    benchmark(authors=[good.pk], baseline=poor.pk, gamed=[verbose.pk])
    (note,) = BenchmarkResult.objects.get().figures["lc_notes"]
    assert "difficulty is unknown" in note


def written(folder: Path, *lines: str) -> Path:
    path = folder / "given.csv"
    path.write_text("\n".join(lines))
    return path


def test_difficulty_by_place_needs_a_row_for_every_question(collection: Collection, tmp_path: Path) -> None:
    Prompt.objects.create(collection=collection, messages=[{"role": "user", "content": "One?"}])
    path = written(tmp_path, "index,instruction_difficulty", "0,0.1", "1,0.2")
    with pytest.raises(CommandError, match="places would shift"):
        call_command("import_difficulty", path, collection="toys")
    path = written(tmp_path, "index,instruction_difficulty", "0,0.1")
    out = StringIO()
    call_command("import_difficulty", path, collection="toys", stdout=out)
    assert out.getvalue() == "Difficulty is known for 1 of 1 question.\n"


def test_rows_that_are_of_no_question_are_counted(prompts: list[Prompt], tmp_path: Path) -> None:
    path = written(tmp_path, "instruction,instruction_difficulty", f'"{prompts[0].text}",1', "What else?,2")
    out = StringIO()
    call_command("import_difficulty", path, collection="toys", stdout=out)
    assert out.getvalue() == "Difficulty is known for 1 of 6 questions. Rows of no question here: 1.\n"
