"""From comparisons to a ranking. Pure; authors are places in `Comparisons.authors`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from annotation.arena.comparisons import Comparisons
from annotation.models.win_share import TIED
from annotation.statistics.comparisons import WeightedComparisons
from annotation.statistics.intervals import Floats
from annotation.statistics.ratings import Rating, elo, final_ranking, joined, rated
from annotation.statistics.style_control import Controlled, controlled, covariates

# A heat map of more is no picture.
MOST = 100


class RankedAuthor(NamedTuple):
    """One author. `win_rate` is the mean of its win fractions over the rivals that it met.

    Ratings and ranks are those within its group, and None in a group of one.
    """

    author: int
    n: int
    wins: int
    losses: int
    ties: int
    win_rate: float
    elo: float
    rating: Rating | None
    rank: int | None
    styled: Rating | None
    styled_rank: int | None


class Tally(NamedTuple):
    """Comparisons of each author (row) with each (column): how many, and how many it won, ties half."""

    played: Floats
    won: Floats


def busiest(comparisons: Comparisons) -> Comparisons:
    """The comparisons among the `MOST` authors with the most comparisons."""
    counts = np.bincount(comparisons.sides.ravel(), minlength=len(comparisons.authors))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST])
    chosen = comparisons.of(np.asarray(np.isin(comparisons.sides, kept).all(axis=1)))
    authors = [comparisons.authors[place] for place in kept.tolist()]
    return replace(chosen, authors=authors, sides=np.searchsorted(kept, chosen.sides))


def counted(comparisons: Comparisons) -> WeightedComparisons:
    """Equal comparisons in one weighted row, whichever side each author stood on."""
    n, (left, right) = len(comparisons.authors), comparisons.sides.T
    outcomes = np.where(left < right, comparisons.outcomes, 1 - comparisons.outcomes)
    # Three values of most judges; of one that gives preferences as many as it gave.
    values, places = np.unique(outcomes, return_inverse=True)
    keys = (np.minimum(left, right) * n + np.maximum(left, right)) * len(values) + places
    found, weights = np.unique(keys, return_counts=True)
    met, place = np.divmod(found, len(values))
    sides = np.stack([met // n, met % n], axis=1)
    return WeightedComparisons([str(place) for place in range(n)], sides, values[place], weights.astype(float))


def among(weighted: WeightedComparisons, group: Sequence[int]) -> WeightedComparisons:
    """The rows of one group, with its own places."""
    chosen = np.isin(weighted.sides, group).all(axis=1)
    sides = np.searchsorted(group, weighted.sides[chosen])
    return WeightedComparisons(
        [str(place) for place in group], sides, weighted.outcomes[chosen], weighted.weights[chosen]
    )


def groups(weighted: WeightedComparisons) -> list[list[int]]:
    """Places that one scale can hold, in their order; the largest group first."""
    return sorted((sorted(int(name) for name in names) for names in joined(weighted)), key=len, reverse=True)


def tally(weighted: WeightedComparisons) -> Tally:
    n, (left, right) = len(weighted.names), weighted.sides.T
    played, won = np.zeros((n, n)), np.zeros((n, n))
    np.add.at(played, (left, right), weighted.weights)
    np.add.at(won, (left, right), weighted.weights * weighted.outcomes)
    np.add.at(won, (right, left), weighted.weights * (1 - weighted.outcomes))
    return Tally(played + played.T, won)


def at_equal_style(comparisons: Comparisons, together: Sequence[Sequence[int]]) -> Controlled:
    """Over the comparisons within a group: what one group wins of another bounds nothing."""
    label = np.empty(len(comparisons.authors), dtype=np.int64)
    for number, group in enumerate(together):
        label[group] = number
    within = comparisons.of(label[comparisons.sides[:, 0]] == label[comparisons.sides[:, 1]])
    names = [str(place) for place in range(len(comparisons.authors))]
    weighted = WeightedComparisons(names, within.sides, within.outcomes, np.ones(within.n))
    return controlled(weighted, covariates(within.styles[:, 0], within.styles[:, 1]), together)


def online(comparisons: Comparisons) -> dict[str, float]:
    """Elo in the order of the comparisons, by place."""
    names = [str(place) for place in range(len(comparisons.authors))]
    left, right = (map(names.__getitem__, side) for side in comparisons.sides.T.tolist())
    return elo(zip(left, right, comparisons.outcomes.tolist(), strict=True))


def ranked(
    group: Sequence[int],
    comparisons: Comparisons,
    weighted: WeightedComparisons,
    elos: dict[str, float],
    even: Controlled | None,
) -> list[RankedAuthor]:
    """One group's rows, best first."""
    alone = len(group) == 1
    ratings = {} if alone else rated(among(weighted, group))
    ranks = final_ranking(ratings)
    styled = {} if alone or even is None else {str(place): even.ratings[place] for place in group}
    styled_ranks = final_ranking(styled)
    played, won = tally(weighted)
    decided = tally(weighted._replace(outcomes=(1 + np.sign(weighted.outcomes - TIED)) / 2)).won
    ties = tally(weighted._replace(weights=weighted.weights * (weighted.outcomes == TIED))).played.sum(axis=1)
    rows = []
    for place in group:
        name, met = str(place), played[place] > 0
        n, wins = int(played[place].sum()), round(decided[place].sum() - ties[place] / 2)
        rows.append(
            RankedAuthor(
                author=comparisons.authors[place],
                n=n,
                wins=wins,
                losses=n - wins - int(ties[place]),
                ties=int(ties[place]),
                win_rate=float((won[place][met] / played[place][met]).mean()),
                elo=elos[name],
                rating=ratings.get(name),
                rank=ranks.get(name),
                styled=styled.get(name),
                styled_rank=styled_ranks.get(name),
            )
        )
    return sorted(rows, key=lambda row: -(row.styled or row.rating or Rating(row.win_rate, None, None)).rating)
