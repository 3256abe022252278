"""One row for each kind of interval: where it is shown, how it is made, and a world whose truth is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator

from annotation.statistics.agreement import clustered_interval
from annotation.statistics.comparisons import WeightedComparisons
from annotation.statistics.intervals import Sums, clustered_difference, clustered_rate, mean, mean_share, wilson
from annotation.statistics.ratings import SCALE, rated
from annotation.statistics.reliability import cohen_kappa, fleiss_kappa, krippendorff_alpha
from annotation.statistics.significance import paired_difference, win_rate
from annotation.statistics.style_control import controlled
from training.evaluation.figures.alpaca_eval import LengthComparison
from training.evaluation.figures.length_control import STRENGTHS, control, control_interval
from training.evaluation.figures.mt_bench import Rating, single_figures

# Truth, low and high; the ends are None where nothing is shown.
Drawn = tuple[float, float | None, float | None]


@dataclass(frozen=True)
class Kind:
    """`unit` is what n counts; `draw` makes one world of n of them; `draws` are those of the suite. `why`
    says what n = 10 is too few for."""

    name: str
    shown: str
    method: str
    unit: str
    draw: Callable[[Generator, int], Drawn]
    draws: int = 1500
    why: str = ""


def share(chance: Generator, n: int) -> Drawn:
    truth = chance.uniform(0.05, 0.95)
    return truth, *wilson(int(chance.binomial(n, truth)), n)[1:3]


def wins(chance: Generator, n: int) -> Drawn:
    truth = chance.uniform(0.1, 0.9)
    ties = chance.uniform(0, 1.6) * min(truth, 1 - truth)
    chances = [truth - ties / 2, ties, 1 - truth - ties / 2]
    found = win_rate(chance.choice([1.0, 0.5, 0.0], size=n, p=chances).tolist())
    return truth, found.low, found.high


def parts_won(chance: Generator, n: int) -> Drawn:
    """A judge's odds, or the share won of four responses."""
    a, b = chance.uniform(0.3, 3, size=2)
    values = chance.beta(a, b, size=n)
    if chance.random() < 0.5:
        values = chance.binomial(4, values) / 4
    return a / (a + b), *mean_share(values.tolist())[1:3]


def clustered(chance: Generator, n: int) -> Drawn:
    truth, alike = chance.uniform(0.2, 0.9), chance.uniform(2, 10)
    sizes = chance.integers(1, 5, size=n)
    tops = chance.binomial(sizes, chance.beta(truth * alike, (1 - truth) * alike, size=n))
    found = clustered_rate(Sums.of(zip(tops.tolist(), sizes.tolist(), strict=True)))
    return truth, found.low, found.high


def agreeing(chance: Generator, n: int) -> Drawn:
    """Two to four votes of people on each pair, against one of a judge; hard pairs are hard for everybody."""
    a, b = chance.uniform(1, 6), chance.uniform(0.5, 3)
    sizes = chance.integers(2, 5, size=n)
    same = chance.binomial(sizes, chance.beta(a, b, size=n))
    pairs = [[(1.0, 1.0)] * k + [(1.0, -1.0)] * (m - k) for k, m in zip(same.tolist(), sizes.tolist(), strict=True)]
    return a / (a + b), *clustered_interval(pairs)[1:3]


def two_judges(chance: Generator, n: int) -> Drawn:
    """Correct or not, the two alike in part."""
    both, one, other = chance.dirichlet([4, 1, 1, 1])[:3]
    sizes = chance.integers(1, 4, size=n)
    drawn = chance.multinomial(sizes, [1 - one - other, one, other]) @ [0, 1, -1]
    found = clustered_difference(Sums.of(zip(drawn.tolist(), sizes.tolist(), strict=True)))
    return one - other, found.low, found.high


def rows_apart(chance: Generator, n: int) -> Drawn:
    """Two rows of a leaderboard won against the same baseline."""
    p = chance.dirichlet([2, 1, 2]), chance.dirichlet([2, 1, 2])
    ours, theirs = (dict(enumerate(chance.choice([1.0, 0.5, 0.0], size=n, p=one).tolist())) for one in p)
    found = paired_difference(theirs, ours, rounds=1).interval
    return float((p[0] - p[1]) @ [1, 0.5, 0]), found.low, found.high


def points(chance: Generator, n: int, top: float) -> Any:
    """Whole points of 1 to 10, with the low tail that judges give."""
    return np.clip(np.rint(top - chance.gamma(1.6, 1.3, size=n)), 1, 10)


@cache
def mean_points(top: float) -> float:
    return float(points(np.random.default_rng(7), 2_000_000, top).mean())


def score(chance: Generator, n: int) -> Drawn:
    top = float(chance.choice([8, 9, 10]))
    found = mean(points(chance, n, top).tolist())
    return (mean_points(top), *found[1:3]) if found else (mean_points(top), None, None)


def points_apart(chance: Generator, n: int) -> Drawn:
    hard = chance.normal(0, 1.5, size=n)
    ours, theirs = (dict(enumerate((base + hard + chance.normal(0, 1.5, size=n)).tolist())) for base in (6.0, 5.5))
    return 0.5, *paired_difference(theirs, ours, are_points=True, rounds=1).interval[1:3]


def two_turns(chance: Generator, n: int) -> Drawn:
    """MT-bench: both turns of a question lean one way."""
    leaning = chance.normal(0, 0.8, size=n)
    ratings = [
        Rating(question, "m", ("judge", ""), float(np.clip(value, 0, 10)), turn, "any")
        for turn in (1, 2)
        for question, value in enumerate((6 + leaning + chance.normal(0, 1.2, size=n)).tolist())
    ]
    found = single_figures(ratings)["m"]
    return 6.0, found["low"], found["high"]


POWERS = np.array([0.2, 0.0, -0.2])
STYLE = 0.3


def compared(chance: Generator, n: int, effect: Any = 0.0) -> tuple[Any, Any]:
    """Sides and outcomes of n comparisons of three authors, a third of them ties."""
    left = chance.integers(0, 3, size=n)
    sides = np.stack([left, (left + chance.integers(1, 3, size=n)) % 3], axis=1)
    won = 1 / (1 + np.exp(-(np.log(10) * (POWERS[sides[:, 0]] - POWERS[sides[:, 1]]) + effect)))
    ties = 0.6 * np.minimum(won, 1 - won)
    drawn = chance.random(n)
    return sides, np.where(drawn < ties, 0.5, np.where(drawn < ties + won - ties / 2, 1.0, 0.0))


def rating(chance: Generator, n: int) -> Drawn:
    """Of a third of the n comparisons, less or more, each author has two."""
    sides, outcomes = compared(chance, n)
    found = rated(WeightedComparisons(["a", "b", "c"], sides, outcomes, np.ones(n)))["a"]
    return 1000 + SCALE * 0.2, found.low, found.high


def styled(chance: Generator, n: int) -> Drawn:
    features = chance.normal(0, 1, size=(n, 4))
    sides, outcomes = compared(chance, n, STYLE * features[:, 0])
    games = WeightedComparisons(["a", "b", "c"], sides, outcomes, np.ones(n))
    found = controlled(games, features, [[0, 1, 2]]).ratings[0]
    return 1000 + SCALE * 0.2, found.low, found.high


@cache
def at_equal_length() -> float:
    hardness = np.random.default_rng(7).normal(size=1_000_000)
    return float(100 * (1 / (1 + np.exp(-(hardness + 0.4)))).mean())


def length_controlled(chance: Generator, n: int) -> Drawn:
    hardness, shorter = chance.normal(size=n), chance.normal(-150, 300, size=n)
    won = 1 / (1 + np.exp(-(0.9 * np.tanh(shorter / 300) + hardness + 0.4)))
    drawn = (chance.random(n) < won).astype(float)
    rows = zip(range(n), shorter.astype(int).tolist(), drawn.tolist(), strict=True)
    games = [LengthComparison(str(number), gap, win) for number, gap, win in rows]
    known = {str(number): value for number, value in enumerate(hardness.tolist())}
    # The C that cross-validation most often chooses of such games.
    published = float(control(games, known, c=float(STRENGTHS[5])).rates.mean())
    return at_equal_length(), *control_interval(games, known, (), published)


def beyond_chance(chance: Generator, n: int) -> Drawn:
    """Who judges says the truth with chance q, and else draws a grade as often: each coefficient is q²."""
    q, grades = chance.uniform(0.3, 0.95), np.arange(-3, 4)
    often = chance.dirichlet(np.full(len(grades), 2.0))
    truth, figure = chance.choice(grades, n, p=often), chance.integers(3)
    votes = int(chance.integers(2, 5)) if figure else 2
    drawn = chance.choice(grades, (votes, n), p=often)
    said = np.where(chance.random((votes, n)) < q, truth, drawn)
    units = said.T.astype(float).tolist()
    known = (lambda: cohen_kappa((one, other) for one, other in units), lambda: fleiss_kappa(units))
    found = known[figure]() if figure < 2 else krippendorff_alpha(units)
    return q**2, *((found.low, found.high) if found else (None, None))


TOO_FEW = "a rating of fewer than 20 comparisons has no interval"
FEW_PAIRS = "of fewer than 20 pairs there is no interval"
TAILED = "ten scores with a long tail seldom hold one of it"
WHOLE = "few prompts differ, and what is counted is whole"

KINDS: Sequence[Kind] = (
    Kind(
        "Share",
        "gold labels, lists and length that a judge or a person follows, held-out pairs of a reward model",
        "Wilson",
        "observations",
        share,
    ),
    Kind(
        "Win rate with ties", "evaluations, Compare, pairwise, MT-bench pairs", "Wilson, effective n", "prompts", wins
    ),
    Kind(
        "Win rate of parts", "AlpacaEval, several responses of a prompt", "Wilson, effective n", "prompts", parts_won
    ),
    Kind(
        "Share over prompts", "judge cards, trust in versions", "Wilson, effective n of clusters", "prompts", clustered
    ),
    Kind("Agreement", "collections, people, MT-bench votes", "Wilson, effective n of clusters", "pairs", agreeing),
    Kind("Agreement beyond chance", "collections", "jackknife on Fisher’s z", "pairs", beyond_chance, 1500, FEW_PAIRS),
    Kind("Difference of shares", "two judges side by side", "as a share, of halves", "prompts", two_judges, why=WHOLE),
    Kind("Difference of win rates", "two rows of a leaderboard", "as a share, of halves", "questions", rows_apart),
    Kind("Mean score", "evaluations, Compare, best of n", "Student", "prompts", score, why=TAILED),
    Kind("Difference of scores", "evaluations, two rows of MT-bench", "Student, paired", "prompts", points_apart),
    Kind("Mean score of two turns", "MT-bench", "Student over questions", "questions", two_turns),
    Kind(
        "Rating",
        "arena, `figures ratings`",
        "likelihood, sandwich",
        "comparisons",
        rating,
        600,
        TOO_FEW,
    ),
    Kind("Rating at equal style", "arena", "likelihood, sandwich", "comparisons", styled, 600, TOO_FEW),
    Kind("Length-controlled win rate", "AlpacaEval", "delta method, sandwich", "questions", length_controlled, 400),
)


def covered(kind: Kind, n: int, draws: int, seed: int = 0) -> tuple[float | None, float]:
    """The share of shown intervals that hold the truth, and the share of worlds in which one is shown."""
    chance = np.random.default_rng([seed, n])
    found = [kind.draw(chance, n) for _ in range(draws)]
    shown = [(truth, low, high) for truth, low, high in found if low is not None and high is not None]
    if not shown:
        return None, 0.0
    return sum(low <= truth <= high for truth, low, high in shown) / len(shown), len(shown) / draws
