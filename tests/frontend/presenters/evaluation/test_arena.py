"""The arena as its page shows it: one axis for a group, ranks that move, and who was compared with whom."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotation.arena.arena import Arena
from annotation.arena.ranking import RankedAuthor, Tally
from annotation.models import Author
from annotation.statistics.ratings import Rating
from frontend.presenters.evaluation.arena import ArenaCell, row, shown
from tests.annotation.making import author

pytestmark = pytest.mark.django_db

RATED = Rating(1000.0, 950.0, 1050.0)


def ranked(of: Author, **fields: Any) -> RankedAuthor:
    told = RankedAuthor(of.pk, 3, 2, 0, 1, 0.8, 1002.0, RATED, 1, None, None)
    return told._replace(**fields)


@pytest.fixture
def three() -> list[Author]:
    return [author(name) for name in ("one", "other", "alone")]


@pytest.fixture
def found(three: list[Author]) -> Arena:
    """`one` won 2.5 of 3 against `other`; `alone` was compared with nobody here."""
    one, other, alone = three
    played, won = np.zeros((3, 3)), np.zeros((3, 3))
    played[0, 1] = played[1, 0] = 3
    won[0, 1], won[1, 0] = 2.5, 0.5
    lower = Rating(900.0, 850.0, 950.0)
    together = [ranked(one), ranked(other, rating=lower, rank=2)]
    groups = [together, [ranked(alone, rating=None, rank=None)]]
    return Arena(3, 1, 1, 0, [a.pk for a in three], groups, Tally(played, won), None, (), {"elo": 0.0124})


def test_a_group_has_one_axis_that_holds_every_end_with_some_room(found: Arena) -> None:
    (group,) = shown(found).groups
    assert (group.lowest, group.highest) == (850 - 8, 1050 + 8)
    assert [one.author.name for one in group.rows] == ["one", "other"] and group.is_rated


def test_the_axis_holds_the_ratings_at_equal_style_too(found: Arena) -> None:
    first, second = found.groups[0]
    styled = replace(found, groups=[[first._replace(styled=Rating(1300.0, 1250.0, 1350.0)), second]])
    assert shown(styled).groups[0].highest == 1350 + 20


def test_who_was_compared_with_nobody_of_a_group_stands_apart(found: Arena) -> None:
    page = shown(found)
    assert [one.author.name for one in page.alone] == ["alone"] and len(page.groups) == 1


@pytest.mark.parametrize(
    ("rank", "styled", "up", "down"), [(3, 1, 2, 0), (1, 3, 0, 2), (2, 2, 0, 0), (1, None, 0, 0), (None, 2, 0, 0)]
)
def test_a_rank_moves_where_style_is_controlled(rank: int | None, styled: int | None, up: int, down: int) -> None:
    moved = row(Author(), ranked(Author(pk=1), rank=rank, styled_rank=styled))
    assert (moved.up, moved.down) == (up, down)


def test_a_cell_is_the_rows_wins_and_half_ties_and_empty_where_nobody_was_compared(found: Arena) -> None:
    cells = shown(found).cells
    assert [[cell.n for cell in line] for line in cells] == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    assert cells[0][1].share == pytest.approx(2.5 / 3) and cells[0][1].percent == 83
    assert cells[0][2].share is None and cells[0][2].tone == ""


@pytest.mark.parametrize(
    ("share", "tone"), [(0.5, "even"), (0.54, "even"), (0.61, "won-1"), (0.0, "lost-5"), (1.0, "won-5"), (None, "")]
)
def test_a_cell_has_the_step_of_its_share(share: float | None, tone: str) -> None:
    assert ArenaCell(Author(), Author(), share, 1).tone == tone


def test_effects_are_points_of_rating_on_one_axis_around_nothing(found: Arena) -> None:
    # A tenfold of the odds is 400 points.
    effects = {"length": Rating(np.log(10), np.log(10) / 2, np.log(10) * 1.5), "bold": Rating(-1e-12, None, None)}
    page = shown(replace(found, effects=effects))
    (length,) = page.effects
    assert length.title == "Length" and length.points.rating == pytest.approx(400)
    assert page.furthest == pytest.approx(600) and page.nearest == -page.furthest


def test_without_effects_the_axis_has_a_length_all_the_same(found: Arena) -> None:
    page = shown(found)
    assert (page.effects, page.furthest, page.nearest) == ([], 1.0, -1.0)
    assert page.costs == [("Elo", 12)]
