"""The length-controlled win rate: what the win rate were if both answers were as long. Pure.

Dubois et al., "Length-Controlled AlpacaEval" (2024); upstream `metrics/glm_winrate.py`:

    P(model wins) = σ(w_length · tanh(Δ / sd(Δ)) + w_difficulty · γ + w_model)

Δ is the baseline's length less the model's, in characters; γ the difficulty of the instruction.
Two baselines told to be verbose and concise join the fit, with a weight of ⅕ together and without
w_model, so that buying wins by length alone is seen as such.

scikit-learn and scipy are imported where they are called: each process of the studio imports this module, and only
the one that fits should pay their two seconds and 90 MB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.statistics.intervals import Floats, standard_error, within
from studio.words import counted
from training.evaluation.figures.alpaca_eval import LengthComparison
from training.evaluation.figures.records import Finite

GAMED_WEIGHT = 0.1
STRENGTHS = np.logspace(-4, 4, 10)
FOLDS = 5
NEXT_TO_NOTHING = 1e-9
# The C of a fit whose penalty is light, and still finite where a model wins every comparison.
HARDLY_PENALISED = 10.0


@dataclass(frozen=True)
class GamedRow:
    """One comparison of a baseline with itself told to be verbose or concise."""

    std_delta_len: Finite
    instruction_difficulty: Finite
    preference: float

    def __post_init__(self) -> None:
        if not 0 <= self.preference <= 1:
            raise ValueError(f"preference is {self.preference}: give 0 to 1")


class TrainingRows(NamedTuple):
    """Training rows: `terms` (n, 3) = tanh of length, difficulty, model; wins and weights (n,)."""

    terms: Floats
    wins: Floats
    weights: Floats


class Fit(NamedTuple):
    """The weights of the three terms, and the inverse strength C of the l1 penalty."""

    length: float
    difficulty: float
    model: float
    c: float


class Remedies(NamedTuple):
    """How whoever asks gives the two inputs that can be missing."""

    difficulty: str = "give it with --difficulty"
    gamed: str = "give them with --gamed"


BY_OPTION = Remedies()


class ControlledRates(NamedTuple):
    """The fit, each comparison's rate in percent at equal length, and what is missing for the published figure."""

    fit: Fit
    rates: Floats
    missing: list[str]

    def row(self) -> dict[str, Any]:
        """The figures under their published names; called rough where an input is missing."""
        rate, missing = float(self.rates.mean()), self.missing
        return {
            "length_controlled_winrate": None if missing else rate,
            "lc_standard_error": None if missing else standard_error(self.rates),
            "rough_length_controlled_winrate": rate if missing else None,
            "lc_c": self.fit.c,
            "lc_notes": missing,
        }


def length_controlled(
    comparisons: Sequence[LengthComparison],
    difficulty: Mapping[str, float],
    gamed: Sequence[GamedRow] = (),
    c: float | None = None,
) -> dict[str, Any]:
    """The length-controlled win rate in percent, called rough where it lacks a published input."""
    return control(comparisons, difficulty, gamed, c).row()


def control(
    comparisons: Sequence[LengthComparison],
    difficulty: Mapping[str, float],
    gamed: Sequence[GamedRow] = (),
    c: float | None = None,
    remedies: Remedies = BY_OPTION,
) -> ControlledRates:
    """The fit of one model's comparisons.

    An instruction of unknown difficulty counts as of mean difficulty; with none known that term is
    gone. C is chosen by cross-validation unless given. Failed comparisons are predicted but not fitted.
    """
    gammas = difficulties([comparison.instruction for comparison in comparisons], difficulty)
    found = fit(rows(comparisons, gammas, gamed), c)
    rates = 100 * expit(found.difficulty * gammas + found.model)
    return ControlledRates(found, rates, missing_inputs(comparisons, difficulty, gamed, remedies))


def control_interval(
    comparisons: Sequence[LengthComparison],
    difficulty: Mapping[str, float],
    gamed: Sequence[GamedRow],
    published: float,
) -> tuple[float, float]:
    """The ends of the 95 % interval of the length-controlled win rate, in percent; `published` lies within.

    The published fit is pulled towards 50 % by its penalty, which no resampling of it shows. So the interval is that
    of a fit which hardly is: the delta method with the sandwich variance of its terms (White 1982) and with the
    questions as drawn too, on the scale of logits, by Student's quantile.
    """
    gammas = difficulties([comparison.instruction for comparison in comparisons], difficulty)
    training = rows(comparisons, gammas, gamed)
    length, hardness, model = _weights(training, HARDLY_PENALISED)
    shares = expit(hardness * gammas + model)
    rate, slopes = shares.mean(), shares * (1 - shares)
    chances = expit(training.terms @ np.array([length, hardness, model]))
    strengths = training.weights * chances * (1 - chances)
    curvature = (training.terms * strengths[:, None]).T @ training.terms
    moved = np.linalg.pinv(curvature) @ np.array([0.0, (slopes * gammas).mean(), slopes.mean()])
    valid = np.array([not np.isnan(comparison.win) for comparison in comparisons])
    influence = (shares - rate) / len(comparisons)
    influence[valid] += ((training.wins - chances) * (training.terms @ moved))[: valid.sum()]
    degrees = max(len(comparisons) - len(moved), 1)
    error = np.sqrt((influence**2).sum() * len(comparisons) / degrees)
    reach = within(0.95, degrees) * error / (rate * (1 - rate))
    low, high = 100 * expit(np.log(rate / (1 - rate)) + np.array([-reach, reach]))
    return min(float(low), published), max(float(high), published)


def missing_inputs(
    comparisons: Sequence[LengthComparison],
    difficulty: Mapping[str, float],
    gamed: Sequence[GamedRow],
    remedies: Remedies = BY_OPTION,
) -> list[str]:
    """What keeps the figure from being the published one, in words; nothing where it is."""
    unknown = sum(comparison.instruction not in difficulty for comparison in comparisons)
    notes = []
    if unknown:
        notes.append(
            f"difficulty is unknown for {unknown} of {counted(len(comparisons), 'instruction')}: "
            f"{remedies.difficulty}; until then the rough figure stands"
        )
    if not gamed:
        notes.append(
            f"no verbose and concise baselines: {remedies.gamed}; without them "
            "length is controlled by this model's own comparisons alone, which can differ by many points"
        )
    return notes


def head_to_head(first: Fit, second: Fit, gammas: Floats) -> float:
    """How often the first model would beat the second at equal length, in percent."""
    logits = (first.difficulty - second.difficulty) * gammas + first.model - second.model
    return float(100 * expit(logits).mean())


def difficulties(instructions: Sequence[str], known: Mapping[str, float]) -> Floats:
    """γ per instruction, unknown ones at the mean of those known here (0 where none is)."""
    values = np.array([known.get(instruction, np.nan) for instruction in instructions])
    mean = 0.0 if np.isnan(values).all() else float(np.nanmean(values))
    return np.where(np.isnan(values), mean, values)


def rows(comparisons: Sequence[LengthComparison], gammas: Floats, gamed: Sequence[GamedRow]) -> TrainingRows:
    """The model's comparisons that did not fail, then the gamed baselines'."""
    lengths = np.array([comparison.shorter_by for comparison in comparisons], dtype=float)
    spread = lengths.std(ddof=1) if len(lengths) > 1 else 0.0
    wins = np.array([comparison.win for comparison in comparisons])
    terms = np.column_stack([np.tanh(lengths / (spread or 1.0)), gammas, np.ones(len(comparisons))])
    valid = ~np.isnan(wins)
    other = np.array([(np.tanh(row.std_delta_len), row.instruction_difficulty, 0) for row in gamed])
    return TrainingRows(
        np.vstack([terms[valid], other.reshape(-1, 3)]),
        np.concatenate([wins[valid], [row.preference for row in gamed]]),
        np.concatenate([np.ones(valid.sum()), np.full(len(gamed), GAMED_WEIGHT)]),
    )


def fit(training: TrainingRows, c: float | None = None) -> Fit:
    """l1-penalised logistic regression without an intercept, at C or at the best C of ten."""
    chosen = best_c(training) if c is None else c
    length, difficulty, model = _weights(training, chosen).tolist()
    return Fit(length, difficulty, model, chosen)


def best_c(training: TrainingRows) -> float:
    """The C with the least mean log loss over five folds; 1 where there are too few rows to tell."""
    everything = np.arange(len(training.wins))
    if len(everything) < FOLDS:
        return 1.0
    from sklearn.model_selection import GroupKFold

    folds = list(GroupKFold(FOLDS).split(everything, groups=everything))
    losses = [
        np.mean([_loss(_only(training, test), _weights(_only(training, train), c)) for train, test in folds])
        for c in STRENGTHS
    ]
    return float(STRENGTHS[int(np.argmin(losses))])


def _weights(training: TrainingRows, c: float) -> Floats:
    """A win of 0.7 is a win of weight 0.7 and a loss of weight 0.3."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, l1_ratio=1, solver="liblinear", fit_intercept=False, random_state=123, tol=1e-4)
    terms, wins, weights = training
    labels = np.repeat([1, 0], len(wins))
    both = np.concatenate([weights * wins, weights * (1 - wins)])
    if not all(both[labels == label].any() for label in (0, 1)):
        # liblinear wants to see both outcomes, and somebody who wins every comparison has but one.
        both = np.maximum(both, NEXT_TO_NOTHING)
    model.fit(np.vstack([terms, terms]), labels, both)
    return np.asarray(model.coef_[0])


def expit(logits: Floats) -> Floats:
    """σ, without overflow at either end."""
    from scipy import special

    return np.asarray(special.expit(logits))


def _loss(held_out: TrainingRows, weights: Floats) -> float:
    rates = np.clip(expit(held_out.terms @ weights), 1e-15, 1 - 1e-15)
    losses = held_out.wins * np.log(rates) + (1 - held_out.wins) * np.log(1 - rates)
    return -float(np.average(losses, weights=held_out.weights))


def _only(training: TrainingRows, places: NDArray[np.int64]) -> TrainingRows:
    return TrainingRows(training.terms[places], training.wins[places], training.weights[places])
