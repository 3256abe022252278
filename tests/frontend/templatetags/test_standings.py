"""Tables of evaluations: the axis that all rows share, and where each leads."""

import pytest

from annotation.models import Author
from frontend.presenters.evaluation.evaluate import MeasuredCheckpoint
from frontend.presenters.evaluation.win_matrix import MatrixCell
from frontend.templatetags import standings
from tests.annotation.making import prompt
from tests.frontend.machines import checkpoint, evaluation, version


def test_the_shared_axis_has_room_at_both_ends() -> None:
    drawn = standings.standing_interval(4.0, 4.0, 6.0, 4.0, 6.0, is_control=False)
    assert drawn["point"] == pytest.approx(100 * 0.04 / 1.08, abs=0.01)
    assert drawn["start"] + drawn["width"] == pytest.approx(100 - 100 * 0.04 / 1.08, abs=0.01)
    assert drawn["middle"] is None


def test_a_control_is_told_apart() -> None:
    kinds = [standings.standing_interval(4.0, None, None, 4.0, 6.0, is_control=yes)["kind"] for yes in (True, False)]
    assert kinds == ["control", ""]


@pytest.mark.django_db
def test_a_row_leads_to_its_very_prompts_with_the_baseline_as_a() -> None:
    new, old = checkpoint("new"), checkpoint("old")
    found = evaluation(new, old, version([prompt()]))
    against, alone = (MeasuredCheckpoint(new, baseline, False, {"sampled": found}) for baseline in (old, None))
    tail = f"c={new.author_id}&v={found.prompts_id}&judge={found.judge_id}"
    assert standings.prompts_url(against).partition("?")[2] == f"c={old.author_id}&{tail}"
    assert standings.prompts_url(alone).partition("?")[2] == tail


def test_a_cell_leads_to_its_prompts_with_the_row_as_a() -> None:
    cell = MatrixCell(Author(pk=7), Author(pk=3), None)
    assert standings.cell_url(cell, Author(pk=9)).endswith("?c=7&c=3&judge=9")


@pytest.mark.parametrize(("share", "words"), [(0.5, "50 %"), (0.666, "67 %"), (0.0, "0 %")])
def test_a_share_is_written_without_digits(share: float, words: str) -> None:
    assert standings.percent(share) == words
