"""From comparisons to a ranking, by hand: who is busy, what is counted, and who stands where."""

import numpy as np
import pytest

from annotation.arena.comparisons import Comparisons
from annotation.arena.ranking import MOST, RankedAuthor, among, busiest, counted, groups, online, ranked, tally

# Two comparisons are equal whichever side each author stood on: place 0 beats 1 twice and once draws.
THREE = [(0, 1, 1.0), (1, 0, 0.0), (0, 1, 0.5)]


def comparisons(*rows: tuple[int, int, float], authors: int = 2) -> Comparisons:
    """(left, right, share that the left one won); authors are 10, 11, 12 …"""
    sides = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    nothing = np.zeros((len(rows), 2), dtype=np.int64)
    return Comparisons(
        authors=[10 + place for place in range(authors)],
        sides=sides,
        outcomes=np.array([row[2] for row in rows]),
        judged_by=np.ones(len(rows), dtype=np.int64),
        texts=nothing,
        styles=np.zeros((len(rows), 2, 4), dtype=np.int64),
    )


def rows(*given: tuple[int, int, float], authors: int = 2) -> list[RankedAuthor]:
    """The rows of the largest group, best first."""
    made = comparisons(*given, authors=authors)
    weighted = counted(made)
    return ranked(groups(weighted)[0], made, weighted, online(made), None)


def test_equal_comparisons_are_one_row_whichever_side_each_stood_on() -> None:
    found = counted(comparisons(*THREE))
    assert found.sides.tolist() == [[0, 1], [0, 1]]
    assert dict(zip(found.outcomes.tolist(), found.weights.tolist(), strict=True)) == {0.5: 1.0, 1.0: 2.0}


def test_a_tally_has_both_directions_and_halves_for_ties() -> None:
    found = tally(counted(comparisons(*THREE)))
    assert found.played.tolist() == [[0, 3], [3, 0]]
    assert found.won.tolist() == [[0, 2.5], [0.5, 0]]


def test_wins_losses_and_ties_add_up_to_what_was_played() -> None:
    best, other = rows(*THREE)
    assert (best.author, best.n, best.wins, best.losses, best.ties) == (10, 3, 2, 0, 1)
    assert (other.author, other.n, other.wins, other.losses, other.ties) == (11, 3, 0, 2, 1)


def test_a_fine_preference_is_a_whole_win_and_a_part_of_the_win_rate() -> None:
    best, other = rows((0, 1, 0.8), (1, 0, 0.3))
    assert (best.wins, best.ties, other.losses) == (2, 0, 2)
    assert best.win_rate == pytest.approx((0.8 + 0.7) / 2)


def test_a_win_rate_is_a_mean_over_rivals_and_not_over_comparisons() -> None:
    # 0 beats 1 nine times and loses once to 2.
    found = {row.author: row for row in rows(*[(0, 1, 1.0)] * 9, (0, 2, 0.0), (1, 2, 0.5), authors=3)}
    assert found[10].win_rate == pytest.approx((1.0 + 0.0) / 2)


def test_who_won_and_lost_alike_has_one_rating_and_one_rank() -> None:
    one, other = rows(*[(0, 1, 1.0), (0, 1, 0.0)] * 20)
    assert one.rating and other.rating
    assert one.rating.rating == pytest.approx(other.rating.rating) and one.rank == other.rank == 1


def test_a_few_comparisons_give_a_rating_and_no_rank() -> None:
    assert [(row.rank, row.rating and row.rating.low) for row in rows((0, 1, 1.0), (0, 1, 0.0))] == [(None, None)] * 2


def test_authors_that_no_comparisons_tie_together_are_groups_of_their_own() -> None:
    # 0 and 1 beat each other; 2 and 3 too; between the two pairs nobody met.
    given = [(0, 1, 1.0), (0, 1, 0.0), (2, 3, 1.0), (2, 3, 0.0), (3, 2, 1.0)]
    assert groups(counted(comparisons(*given, authors=4))) == [[0, 1], [2, 3]]


def test_an_author_that_only_won_stands_alone_and_has_no_rating() -> None:
    made = comparisons((0, 1, 1.0), (1, 2, 1.0), (2, 1, 1.0), authors=3)
    weighted = counted(made)
    assert groups(weighted) == [[1, 2], [0]]
    (alone,) = ranked([0], made, weighted, online(made), None)
    assert (alone.rating, alone.rank, alone.win_rate, alone.n) == (None, None, 1.0, 1)


def test_a_group_has_its_own_places_and_only_its_own_comparisons() -> None:
    weighted = counted(comparisons((1, 2, 1.0), (2, 1, 1.0), (0, 1, 1.0), authors=3))
    found = among(weighted, [1, 2])
    assert set(map(tuple, found.sides.tolist())) == {(0, 1)} and found.weights.sum() == 2


def test_elo_follows_the_order_in_which_they_were_judged() -> None:
    first, second = (online(comparisons(*given)) for given in ([THREE[0], (0, 1, 0.0)], [(0, 1, 0.0), THREE[0]]))
    assert first["0"] < 1000 < second["0"]
    assert first["0"] + first["1"] == pytest.approx(2000)


def test_only_the_busiest_authors_are_kept_with_the_comparisons_between_them() -> None:
    given = [(0, place, 1.0) for place in range(1, MOST + 2)] + [(1, MOST + 1, 0.0)]
    found = busiest(comparisons(*given, authors=MOST + 2))
    assert len(found.authors) == MOST and 10 in found.authors and 11 in found.authors
    # The latest of those with one comparison each left, with theirs.
    assert found.n == len(given) - 2 and found.sides.max() == MOST - 1
    assert 10 + MOST + 1 in found.authors


def test_few_authors_are_all_kept() -> None:
    made = comparisons(*THREE)
    assert busiest(made).authors == made.authors and busiest(made).n == 3
