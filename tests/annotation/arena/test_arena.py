"""The arena's table: groups, ratings, ranks, style, and what is remembered."""

import random
from collections.abc import Callable

import pytest
from django.db import transaction

from annotation.arena import stored_styles
from annotation.arena.arena import Arena, arena, rows
from annotation.arena.comparisons import ComparisonFilters
from annotation.arena.ranking import RankedAuthor
from annotation.models import Author, Pair, Prompt
from annotation.review.judgments import withdraw
from annotation.statistics.comparisons import Comparison
from annotation.statistics.ratings import elo, ratings
from tests.annotation.making import judge, paired, prompt, response

pytestmark = pytest.mark.django_db


def compare(of: Prompt, winner: str, loser: str, grade: int = 1, text: str = "Won.") -> Comparison:
    """A judgment of two new responses; grade 0 is a tie."""
    met = paired(response(of, text, winner), response(of, f"Lost {Pair.objects.count()}.", loser))
    judge(met, grade if met.right.author.name == winner else -grade)
    return Comparison(winner, loser, 1.0 if grade else 0.5)


def compare_often(n: int) -> list[Comparison]:
    """Three authors; the stronger wins three in four, and every tenth is a tie."""
    chance, found = random.Random(1), []
    for number in range(n):
        strong, weak = [("a", "b"), ("b", "c"), ("a", "c")][number % 3]
        winner, loser = (strong, weak) if chance.random() < 0.75 else (weak, strong)
        found.append(compare(prompt(f"{number}?"), winner, loser, int(number % 10 > 0)))
    return found


def found(question: ComparisonFilters | None = None, *, styled: bool = False) -> Arena:
    table = arena(question or ComparisonFilters(), styled=styled)
    assert table
    return table


def by_name(ranked: list[RankedAuthor]) -> dict[str, RankedAuthor]:
    known = Author.objects.in_bulk([one.author for one in ranked])
    return {known[one.author].name: one for one in ranked}


def test_ratings_are_those_of_the_same_comparisons_by_name() -> None:
    compared = compare_often(60)
    ours, theirs = by_name(found().groups[0]), ratings(compared)
    assert list(ours) == sorted(theirs, key=lambda name: -theirs[name].rating)
    for name, row in ours.items():
        assert row.rating and row.rating.rating == pytest.approx(theirs[name].rating, abs=1e-3)
        assert row.rating.low and row.rating.high and row.rating.low < row.rating.rating < row.rating.high
        assert row.elo == pytest.approx(elo(compared)[name])


def test_wins_ties_and_losses_are_counted() -> None:
    of = prompt()
    for grade in (1, 1, 0):
        compare(of, "a", "b", grade, f"Won {grade}, {Pair.objects.count()}.")
    rows_by_name = by_name([row for group in found().groups for row in group])
    assert rows_by_name["a"][1:5] == (3, 2, 0, 1)
    assert rows_by_name["b"][1:5] == (3, 0, 2, 1)
    assert rows_by_name["a"].win_rate == pytest.approx(2.5 / 3)


def test_of_preferences_the_sides_are_counted_and_the_shares_averaged() -> None:
    of, ours, theirs = prompt(), "a", "b"
    for grade, preference in ((2, 0.9), (1, 0.6), (-1, 0.4)):
        met = paired(response(of, f"{preference} of b", theirs), response(of, f"{preference} of a", ours))
        judge(met, grade, preference=preference)
    rows_by_name = by_name([row for group in found().groups for row in group])
    assert rows_by_name["a"][1:5] == (3, 2, 1, 0)
    assert rows_by_name["a"].win_rate == pytest.approx(1.9 / 3)
    assert rows_by_name["b"].win_rate == pytest.approx(1.1 / 3)


def test_whom_no_scale_ties_together_is_not_rated_against_each_other() -> None:
    compare_often(30)
    compare(prompt("Never?"), "proud", "a")
    table = found()
    assert [len(group) for group in table.groups] == [3, 1]
    (alone,) = table.groups[1]
    assert (alone.rating, alone.rank, alone.wins) == (None, None, 1)


def test_a_new_judgment_and_one_withdrawn_change_the_table_and_nothing_else_does() -> None:
    compare_often(6)
    before = found()
    assert found() is before
    compare(prompt("One more?"), "a", "b")
    assert found().n == 7
    last = Pair.objects.latest("pk").judgments.get()
    withdraw(last)
    assert found().n == 6


@pytest.mark.django_db(transaction=True)
def test_a_judgment_that_comes_after_newer_ones_changes_the_table(overlapping: Callable[..., bool]) -> None:
    """As those of an import do, which are committed after minutes."""
    compare_often(6)

    def judged_and_looked_at() -> None:
        compare(prompt("Quick?"), "a", "b")
        assert found().n == 7

    overlapping(transaction.atomic(lambda: compare(prompt("Slow?"), "a", "b")), judged_and_looked_at)
    assert found().n == 8
    assert found() is found()


def test_style_is_controlled_once_every_text_was_measured() -> None:
    compare_often(40)
    waiting = found(styled=True)
    assert len(waiting.unmeasured) == 80 and waiting.effects is None
    stored_styles.measure(waiting.unmeasured)
    table = found(styled=True)
    assert table.effects and set(table.effects) == {"length", "headers", "lists", "bold"}
    for row in table.groups[0]:
        assert row.styled and row.styled.low and row.styled.high
        assert row.styled.low < row.styled.rating < row.styled.high


def test_the_mean_of_a_scale_is_a_thousand_with_style_and_without() -> None:
    compare_often(40)
    stored_styles.measure(found(styled=True).unmeasured)
    group = found(styled=True).groups[0]
    for column in ("rating", "styled"):
        assert sum(getattr(row, column).rating for row in group) / 3 == pytest.approx(1000, abs=1e-3)


def test_nobody_compared_is_no_arena() -> None:
    assert arena(ComparisonFilters()) is None


def test_rows_are_flat_and_complete() -> None:
    compare_often(6)
    assert {"group", "name", "n", "elo", "win_rate", "rating", "rating_low", "rank"} <= set(rows(found())[0])
