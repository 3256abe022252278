"""Evaluations as a table: their order, and sentences that say what the numbers show and no more."""

from typing import Any

import pytest

from annotation.models import Version
from frontend.presenters.evaluation import evaluate
from frontend.presenters.evaluation.evaluate import numbers, sided, table
from tests.annotation.making import author, prompt
from tests.frontend.machines import checkpoint, evaluation, run, version
from training.models import Checkpoint, Evaluation, Run

pytestmark = pytest.mark.django_db

WON, LOST, OPEN = (0.66, 0.61, 0.71), (0.3, 0.2, 0.4), (0.52, 0.45, 0.59)
HIGH, LOW = (6.0, 5.8, 6.2), (4.0, 3.8, 4.2)


@pytest.fixture
def asked() -> Version:
    return version([prompt()])


@pytest.fixture
def judged() -> Run:
    return run("evaluate")


def said(*found: Evaluation) -> list[tuple[str, str]]:
    made = table(found)
    return [(finding.tone, finding.words) for finding in made.findings] if made else []


def difference(estimate: float, low: float | None, high: float | None) -> dict[str, Any]:
    return {"difference": {"estimate": estimate, "low": low, "high": high}}


@pytest.mark.parametrize(("rate", "side"), [(WON, "good"), (LOST, "bad"), (OPEN, ""), ((0.6, 0.5, 0.7), "")])
def test_a_side_is_ahead_where_the_whole_interval_says_so(rate: tuple[float, float, float], side: str) -> None:
    value, low, high = rate
    assert sided(Evaluation(win_rate=value, win_rate_low=low, win_rate_high=high)) == side


def test_a_rate_without_an_interval_tells_nobody_apart() -> None:
    assert sided(Evaluation(win_rate=1.0)) == ""


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({}, "66.0 % of 300 prompts (61.0 to 71.0)"),
        (difference(0.95, 0.8, 1.1), "66.0 % of 300 prompts (61.0 to 71.0), 0.95 points more (0.80 to 1.10)"),
        (difference(-0.95, -1.1, -0.8), "66.0 % of 300 prompts (61.0 to 71.0), 0.95 points less (0.80 to 1.10)"),
        (difference(0.1, -0.2, 0.4), "66.0 % of 300 prompts (61.0 to 71.0), 0.10 points more (-0.20 to +0.40)"),
        (difference(0.1, None, None), "66.0 % of 300 prompts (61.0 to 71.0), 0.10 points more"),
    ],
)
def test_numbers_are_said_with_their_n_and_interval(details: dict[str, Any], words: str) -> None:
    found = Evaluation(win_rate=0.66, win_rate_low=0.61, win_rate_high=0.71, n=300, details=details)
    assert numbers(found) == words


def test_one_prompt_is_one_prompt() -> None:
    assert numbers(Evaluation(win_rate=1.0, n=1, details={})) == "100.0 % of 1 prompt"


@pytest.mark.parametrize(
    ("rate", "tone", "begins"),
    [(WON, "good", "new beats old"), (LOST, "bad", "new loses to old"), (OPEN, "", "new and old are not told apart")],
)
def test_a_finding_says_who_won(asked: Version, rate: tuple[float, float, float], tone: str, begins: str) -> None:
    ((found, words),) = said(evaluation(checkpoint("new"), checkpoint("old"), asked, rate))
    assert found == tone and words.startswith(f"{begins} under sampling: ") and words.endswith(").")


def test_both_ways_of_decoding_are_one_sentence_and_mixed_where_they_differ(asked: Version, judged: Run) -> None:
    new, old = checkpoint("new"), checkpoint("old")
    sampled = evaluation(new, old, asked, WON, run=judged)
    greedy = evaluation(new, old, asked, WON, run=judged, decoding="greedy")
    assert [tone for tone, _ in said(sampled, greedy)] == ["good"]
    assert "; under greedy decoding also: " in said(sampled, greedy)[0][1]
    Evaluation.objects.filter(pk=greedy.pk).update(win_rate_low=0.2, win_rate_high=0.4)
    greedy.refresh_from_db()
    assert [tone for tone, _ in said(sampled, greedy)] == ["mixed"]


def test_a_win_with_fewer_points_is_a_mixed_finding(asked: Version) -> None:
    new, old = checkpoint("new"), checkpoint("old")
    against = evaluation(new, old, asked, WON, details=difference(-0.5, -0.9, -0.1))
    assert [tone for tone, _ in said(against)] == ["mixed"]
    Evaluation.objects.filter(pk=against.pk).update(details=difference(0.5, -0.1, 0.9))
    against.refresh_from_db()
    assert [tone for tone, _ in said(against)] == ["good"]


@pytest.fixture
def base() -> Checkpoint:
    return checkpoint("base")


@pytest.fixture
def stages(base: Checkpoint) -> list[Checkpoint]:
    """An SFT checkpoint, DPO on it, and DPO's control on it."""
    sft = checkpoint("xwin sft", base=base)
    return [sft, checkpoint("xwin dpo", base=sft), checkpoint("xwin control", base=sft)]


@pytest.mark.parametrize(
    ("scores", "tone", "begins"),
    [
        ((HIGH, LOW), "good", "xwin dpo scores higher than its control"),
        ((LOW, HIGH), "bad", "xwin dpo scores lower than its control"),
        ((HIGH, HIGH), "", "xwin dpo and its control are not told apart"),
    ],
)
def test_a_stage_is_held_against_its_control_by_scores_on_the_same_prompts(
    asked: Version, judged: Run, stages: list[Checkpoint], scores: tuple[Any, Any], tone: str, begins: str
) -> None:
    _, dpo, control = stages
    stage = evaluation(dpo, None, asked, score=scores[0], run=judged)
    beside = evaluation(control, None, asked, score=scores[1], run=judged, is_control=True)
    ((found, words),) = said(stage, beside)
    assert found == tone and words.startswith(begins)


def test_a_control_on_other_prompts_is_held_against_nothing(
    asked: Version, judged: Run, stages: list[Checkpoint]
) -> None:
    _, dpo, control = stages
    others = version([prompt("Another?")], name="others")
    stage = evaluation(dpo, None, asked, score=HIGH, run=judged)
    assert said(stage, evaluation(control, None, others, score=LOW, run=judged, is_control=True)) == []


def test_a_stage_that_met_its_control_is_not_held_against_it_by_scores(
    asked: Version, judged: Run, stages: list[Checkpoint]
) -> None:
    _, dpo, control = stages
    stage = evaluation(dpo, control, asked, WON, HIGH, run=judged)
    beside = evaluation(control, None, asked, score=LOW, run=judged, is_control=True)
    assert [words[:14] for _, words in said(stage, beside)] == ["xwin dpo beats"]


def test_rows_are_in_their_order_with_each_control_behind_the_last_stage_of_its_start(
    asked: Version, judged: Run, stages: list[Checkpoint]
) -> None:
    sft, dpo, control = stages
    made = [
        evaluation(control, None, asked, score=LOW, run=judged, is_control=True),
        evaluation(sft, None, asked, score=LOW, run=judged),
        evaluation(dpo, None, asked, score=HIGH, run=judged),
        evaluation(checkpoint("stray"), None, asked, score=LOW, run=judged, is_control=True),
        evaluation(sft, None, asked, score=LOW, run=judged, decoding="greedy"),
    ]
    found = table(made)
    assert found and [row.checkpoint.name for row in found.rows] == ["xwin sft", "xwin dpo", "xwin control", "stray"]
    assert found.rows[0].greedy == made[-1] and found.has_greedy and found.rows[1].greedy is None


def test_the_axis_of_scores_reaches_from_the_lowest_to_the_highest_end(asked: Version) -> None:
    found = table([evaluation(checkpoint("m"), None, asked, score=LOW), evaluation(checkpoint("n"), None, asked, WON)])
    assert found and (found.lowest, found.highest, found.has_scores) == (3.8, 4.2, True)
    assert table([]) is None


def test_the_newest_evaluation_is_shown_with_all_of_its_recipe(asked: Version) -> None:
    recipe = run("recipe")
    first, second = (run("evaluate", parent=recipe, stage=stage) for stage in ("one", "two"))
    evaluation(checkpoint("elsewhere"), None, asked, score=LOW)
    for number, of in enumerate((first, second)):
        evaluation(checkpoint(f"m{number}"), None, asked, score=LOW, run=of, judge=author(f"j{number}", "judge"))
    found = evaluate.newest()
    assert found and [row.checkpoint.name for row in found.rows] == ["m0", "m1"]
    assert found.judges == ["j0", "j1"]


def test_a_checkpoint_finds_what_it_was_measured_in_on_either_side(asked: Version) -> None:
    one, other, third = checkpoint("one"), checkpoint("other"), checkpoint("third")
    evaluation(one, other, asked, WON), evaluation(third, one, asked, WON), evaluation(third, other, asked, WON)
    found = evaluate.of_checkpoint(one)
    assert found and [row.checkpoint.name for row in found.rows] == ["one", "third"]


def test_a_stage_is_called_by_its_stage() -> None:
    made = run("dpo", parent=run("recipe"), stage="dpo-of_rs")
    assert evaluate.short(checkpoint("dpo-12", run=made)) == "dpo of rs"
    assert evaluate.short(checkpoint("imported")) == "imported"
