"""The page of evaluations, the table's sentences, and the matrix."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Version
from frontend.presenters.evaluation import evaluate, win_matrix
from frontend.presenters.training import recipes
from studio.accounts.models import User
from tests.annotation.making import author, judge, pair, prompt
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, evaluation, run, version
from training.models import Checkpoint
from training.recipes.stages import Stage

SignIn = Callable[[User], Client]


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


@pytest.fixture
def held() -> Version:
    return version([prompt("Held out?")])


@pytest.fixture
def sft(db: None) -> Checkpoint:
    return checkpoint("sft")


@pytest.fixture
def rs(sft: Checkpoint) -> Checkpoint:
    return checkpoint("rs", base=sft)


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def said(*about: Checkpoint) -> list[tuple[str, str]]:
    table = evaluate.of_checkpoint(about[0])
    assert table
    return [(finding.tone, finding.words) for finding in table.findings]


@pytest.mark.parametrize(
    ("rate", "tone", "words"),
    [
        ((0.66, 0.61, 0.71), "good", "rs beats sft under sampling: 66.0 % of 300 prompts (61.0 to 71.0)."),
        ((0.34, 0.29, 0.39), "bad", "rs loses to sft under sampling: 34.0 % of 300 prompts (29.0 to 39.0)."),
        (
            (0.54, 0.48, 0.60),
            "",
            "rs and sft are not told apart under sampling: 54.0 % of 300 prompts (48.0 to 60.0).",
        ),
    ],
)
def test_a_win_is_said_only_where_the_interval_leaves_one_half(
    rs: Checkpoint, sft: Checkpoint, held: Version, rate: tuple[float, float, float], tone: str, words: str
) -> None:
    evaluation(rs, sft, held, rate)
    assert said(rs) == [(tone, words)]


def test_greedy_decoding_is_said_beside_sampling(rs: Checkpoint, sft: Checkpoint, held: Version) -> None:
    together = run("evaluate")
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), run=together)
    evaluation(rs, sft, held, (0.5, 0.45, 0.55), run=together, decoding="greedy")
    ((tone, words),) = said(rs)
    assert tone == "mixed" and "; under greedy decoding the two are not told apart: 50.0 %" in words


def test_a_win_here_and_a_loss_there_is_mixed_and_has_no_tick(
    lead: Client, rs: Checkpoint, sft: Checkpoint, held: Version
) -> None:
    together = run("evaluate")
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), run=together)
    evaluation(rs, sft, held, (0.4, 0.35, 0.45), run=together, decoding="greedy")
    html = page(lead, "/evaluate/")
    assert '<li class="mixed">' in html and "<strong>Mixed.</strong> rs beats sft" in html
    assert "icons.svg#good" not in html.partition('class="findings"')[2].partition("</ul>")[0]


def test_more_wins_of_fewer_points_are_mixed(rs: Checkpoint, sft: Checkpoint, held: Version) -> None:
    difference = {"estimate": -0.4, "low": -0.5, "high": -0.3}
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), details={"difference": difference})
    assert said(rs)[0][0] == "mixed"


@pytest.mark.parametrize(
    ("ends", "words"),
    [((0.4, 0.3, 0.5), "0.40 points more (0.30 to 0.50)"), ((-0.1, -0.3, 0.1), "0.10 points less (-0.30 to +0.10)")],
)
def test_the_paired_difference_is_told_where_it_was_stored(
    rs: Checkpoint, sft: Checkpoint, held: Version, ends: tuple[float, float, float], words: str
) -> None:
    difference = dict(zip(("estimate", "low", "high"), ends, strict=True))
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), details={"difference": difference})
    assert words in said(rs)[0][1]


@pytest.mark.parametrize(
    ("score", "tone", "words"),
    [
        ((7.0, 6.9, 7.1), "good", "rs scores higher than its control under sampling: 8.00 against 7.00."),
        ((7.95, 7.85, 8.05), "", "rs and its control are not told apart under sampling: 8.00 against 7.95."),
        ((9.0, 8.9, 9.1), "bad", "rs scores lower than its control under sampling: 8.00 against 9.00."),
    ],
)
def test_a_stage_stands_beside_the_control_that_started_from_where_it_did(
    rs: Checkpoint, sft: Checkpoint, held: Version, score: tuple[float, float, float], tone: str, words: str
) -> None:
    together = run("evaluate")
    evaluation(rs, None, held, score=(8.0, 7.9, 8.1), run=together)
    evaluation(checkpoint("random", base=sft), None, held, score=score, is_control=True, run=together)
    table = evaluate.of_run(together.pk)
    assert table and [(found.tone, found.words) for found in table.findings] == [(tone, words)]


def test_a_control_stands_right_behind_its_stage(rs: Checkpoint, sft: Checkpoint, held: Version) -> None:
    together, dpo = run("evaluate"), checkpoint("dpo", base=rs)
    evaluation(rs, sft, held, run=together)
    evaluation(dpo, rs, held, run=together)
    evaluation(checkpoint("random", base=sft), sft, held, is_control=True, run=together)
    table = evaluate.of_run(together.pk)
    assert table and [row.checkpoint.name for row in table.rows] == ["rs", "random", "dpo"]


def test_a_stage_met_with_its_control_is_said_once_and_its_rows_stand_together(
    rs: Checkpoint, sft: Checkpoint, held: Version
) -> None:
    together, control = run("evaluate"), checkpoint("random", base=sft)
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), (8.0, 7.9, 8.1), run=together)
    evaluation(checkpoint("dpo", base=rs), rs, held, run=together)
    evaluation(control, sft, held, score=(7.0, 6.9, 7.1), is_control=True, run=together)
    evaluation(rs, control, held, (0.6, 0.55, 0.65), (8.0, 7.9, 8.1), run=together)
    table = evaluate.of_run(together.pk)
    assert table and [row.checkpoint.name for row in table.rows] == ["rs", "rs", "random", "dpo"]
    assert [found.words.partition(" under")[0] for found in table.findings] == ["rs beats sft", "rs beats random"]


def test_nothing_measured_is_no_table(sft: Checkpoint) -> None:
    assert evaluate.of_checkpoint(sft) is None


def test_the_page_shows_the_newest_recipe_or_the_one_that_is_asked_for(
    lead: Client, rs: Checkpoint, sft: Checkpoint, held: Version
) -> None:
    both = [run("recipe", name=f"recipe {number}") for number in (1, 2)]
    for rate, recipe in ((0.61, both[0]), (0.72, both[1])):
        stage = run("evaluate", parent=recipe, stage="evaluation")
        evaluation(rs, sft, held, (rate, rate - 0.05, rate + 0.05), run=stage)
    assert "72.0 %" in page(lead, "/evaluate/")
    assert "61.0 %" in page(lead, f"/evaluate/?run={both[0].pk}")
    # The home page links to the stage itself.
    assert "72.0 %" in page(lead, f"/evaluate/?run={stage.pk}")


def test_a_rate_opens_its_very_prompts(lead: Client, rs: Checkpoint, sft: Checkpoint, held: Version) -> None:
    made = evaluation(rs, sft, held, (0.66, 0.61, 0.71))
    link = f"/compare/?c={sft.author_id}&amp;c={rs.author_id}&amp;v={held.pk}&amp;judge={made.judge_id}"
    assert link in page(lead, "/evaluate/")


def test_failures_are_counted_in_sight(lead: Client, rs: Checkpoint, sft: Checkpoint, held: Version) -> None:
    evaluation(rs, sft, held, (0.66, 0.61, 0.71), failed=3)
    assert '<span class="badge warn">3</span>' in page(lead, "/evaluate/")


def test_queries_do_not_grow_with_rows(lead: Client, sft: Checkpoint, held: Version) -> None:
    together = run("evaluate")
    evaluation(checkpoint("0", base=sft), sft, held, (0.6, 0.5, 0.7), (8.0, 7.9, 8.1), run=together)
    few = queries(lead, "/evaluate/")
    for number in range(1, 10):
        evaluation(checkpoint(str(number), base=sft), sft, held, (0.6, 0.5, 0.7), (8.0, 7.9, 8.1), run=together)
    assert queries(lead, "/evaluate/") == few < 12


def test_an_empty_page_teaches_who_may_train_the_first_step(signed_in: SignIn, eli: User, lead: Client) -> None:
    html = page(signed_in(eli), "/evaluate/")
    assert "Start the recipe" in html and "run_recipe xwin --wait" in html
    assert "Start the recipe" not in page(lead, "/evaluate/")


def test_the_matrix_has_both_directions_of_each_meeting(db: None) -> None:
    for number in range(4):
        judge(pair(f"{number}?"), -1 if number else 0)
    found = win_matrix.of_judge(author("a-judge", "judge"))
    assert [one.name for one in found.authors] == ["one-model", "other-model"]
    won, lost = found.rows[0][1].rate, found.rows[1][0].rate
    assert won and lost and (won.rate, lost.rate, won.n) == (0.875, 0.125, 4)
    assert found.rows[0][0].rate is None and found.rows[0][0].tone == ""


def test_a_cell_is_coloured_only_where_its_interval_leaves_one_half(db: None) -> None:
    judge(pair("0?"), -1)
    by = author("a-judge", "judge")
    assert win_matrix.of_judge(by).rows[0][1].tone == "open"
    for number in range(1, 12):
        judge(pair(f"{number}?"), -1)
    rows = win_matrix.of_judge(by).rows
    assert (rows[0][1].tone, rows[1][0].tone, rows[0][1].step) == ("won", "lost", 5)


def test_a_cell_opens_its_prompts(lead: Client) -> None:
    judge(pair(), -1)
    by = author("a-judge", "judge")
    html = page(lead, f"/evaluate/pairwise/?judge={by.pk}")
    assert f"c={author('one-model').pk}&amp;c={author('other-model').pk}&amp;judge={by.pk}" in html
    assert lead.get("/evaluate/pairwise/?judge=0").status_code == 404


def test_the_matrix_asks_as_much_for_ten_pairs_as_for_one(lead: Client) -> None:
    judge(pair("0?"), -1)
    path = f"/evaluate/pairwise/?judge={author('a-judge', 'judge').pk}"
    few = queries(lead, path)
    for number in range(1, 10):
        judge(pair(f"{number}?"), -1)
    assert queries(lead, path) == few < 8


def test_stages_that_can_run_side_by_side_share_a_layer(db: None) -> None:
    stages = (
        Stage("create", "create"),
        Stage("sft", "sft", starts_from="create"),
        Stage("control", "sft", starts_from="create"),
        Stage("after_both", "sample", starts_from="sft", after=("control",)),
    )
    laid = recipes.layers(stages, {})
    assert [[stage["name"] for stage in layer] for layer in laid] == [["create"], ["sft", "control"], ["after both"]]
