"""From battles to a rated table. Pure; authors are places in `Battles.authors`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from annotation.arena.comparisons import Battles
from annotation.models.win_share import TIED
from annotation.statistics.comparisons import Matchups
from annotation.statistics.intervals import Floats
from annotation.statistics.ratings import Rating, elo, final_ranking, joined, rated
from annotation.statistics.style_control import Controlled, controlled, covariates

# A heat map of more is no picture.
MOST = 100


class Contender(NamedTuple):
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
    """Battles of each author (row) with each (column): how many, and how many it won, ties half."""

    played: Floats
    won: Floats


def busiest(battles: Battles) -> Battles:
    """The battles among the `MOST` authors who fought most."""
    fights = np.bincount(battles.sides.ravel(), minlength=len(battles.authors))
    kept = np.sort(np.argsort(-fights, kind="stable")[:MOST])
    chosen = battles.of(np.asarray(np.isin(battles.sides, kept).all(axis=1)))
    authors = [battles.authors[place] for place in kept.tolist()]
    return replace(chosen, authors=authors, sides=np.searchsorted(kept, chosen.sides))


def counted(battles: Battles) -> Matchups:
    """Equal battles in one weighted row, whichever side each author stood on."""
    n, (left, right) = len(battles.authors), battles.sides.T
    outcomes = np.where(left < right, battles.outcomes, 1 - battles.outcomes)
    # Three values of most judges; of one that gives preferences as many as it gave.
    values, places = np.unique(outcomes, return_inverse=True)
    keys = (np.minimum(left, right) * n + np.maximum(left, right)) * len(values) + places
    found, weights = np.unique(keys, return_counts=True)
    met, place = np.divmod(found, len(values))
    sides = np.stack([met // n, met % n], axis=1)
    return Matchups([str(place) for place in range(n)], sides, values[place], weights.astype(float))


def among(games: Matchups, group: Sequence[int]) -> Matchups:
    """The rows of one group, with its own places."""
    chosen = np.isin(games.sides, group).all(axis=1)
    sides = np.searchsorted(group, games.sides[chosen])
    return Matchups([str(place) for place in group], sides, games.outcomes[chosen], games.weights[chosen])


def groups(games: Matchups) -> list[list[int]]:
    """Places that one scale can hold, in their order; the largest group first."""
    return sorted((sorted(int(name) for name in names) for names in joined(games)), key=len, reverse=True)


def tally(games: Matchups) -> Tally:
    n, (left, right) = len(games.names), games.sides.T
    played, won = np.zeros((n, n)), np.zeros((n, n))
    np.add.at(played, (left, right), games.weights)
    np.add.at(won, (left, right), games.weights * games.outcomes)
    np.add.at(won, (right, left), games.weights * (1 - games.outcomes))
    return Tally(played + played.T, won)


def at_equal_style(battles: Battles, together: Sequence[Sequence[int]]) -> Controlled:
    """Over the battles within a group: what one group wins of another bounds nothing."""
    label = np.empty(len(battles.authors), dtype=np.int64)
    for number, group in enumerate(together):
        label[group] = number
    within = battles.of(label[battles.sides[:, 0]] == label[battles.sides[:, 1]])
    names = [str(place) for place in range(len(battles.authors))]
    games = Matchups(names, within.sides, within.outcomes, np.ones(within.n))
    return controlled(games, covariates(within.styles[:, 0], within.styles[:, 1]), together)


def online(battles: Battles) -> dict[str, float]:
    """Elo in the order of the battles, by place."""
    names = [str(place) for place in range(len(battles.authors))]
    left, right = (map(names.__getitem__, side) for side in battles.sides.T.tolist())
    return elo(zip(left, right, battles.outcomes.tolist(), strict=True))


def contenders(
    group: Sequence[int], battles: Battles, games: Matchups, elos: dict[str, float], even: Controlled | None
) -> list[Contender]:
    """One group's rows, best first."""
    alone = len(group) == 1
    ratings = {} if alone else rated(among(games, group))
    ranks = final_ranking(ratings)
    styled = {} if alone or even is None else {str(place): even.ratings[place] for place in group}
    styled_ranks = final_ranking(styled)
    played, won = tally(games)
    decided = tally(games._replace(outcomes=(1 + np.sign(games.outcomes - TIED)) / 2)).won
    ties = tally(games._replace(weights=games.weights * (games.outcomes == TIED))).played.sum(axis=1)
    rows = []
    for place in group:
        name, met = str(place), played[place] > 0
        n, wins = int(played[place].sum()), round(decided[place].sum() - ties[place] / 2)
        rows.append(
            Contender(
                author=battles.authors[place],
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
