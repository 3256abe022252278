"""Vicuna-bench: two scores per question by one judge, and their calibration over both orders. Pure.

Formulas: lm-sys/FastChat v0.1.10; Wang et al., "Large Language Models are not Fair Evaluators" (2023).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean
from typing import Any

from annotation.judges.config.published.fastchat import first_line_scores
from annotation.statistics.significance import win_rate
from training.evaluation.figures.records import Finite

REMEDY = "A review has question_id, text and score [first, second], [-1, -1] where none was found"

Scores = tuple[Finite, Finite]


@dataclass(frozen=True)
class Review:
    """A judge's text on two answers, and the scores read from it or entered by a person."""

    question_id: int
    text: str
    score: Scores

    @property
    def unparsed(self) -> bool:
        """Whether the text does not begin with two scores, so that a person has to read it."""
        return first_line_scores(self.text) is None

    @property
    def missing(self) -> bool:
        return min(self.score) < 0


@dataclass(frozen=True)
class CalibratedScores:
    """Both answers' mean score over orders and samples, and how much the verdicts vary (nats)."""

    first: float
    second: float
    entropy: float


def figures(reviews: Sequence[Review]) -> dict[str, Any]:
    """Total scores, the second relative to the first, and wins of the second; unscored reviews are counted."""
    unparsed = [review for review in reviews if review.unparsed]
    return totals([review.score for review in reviews if not review.missing]) | {
        "unparsed": len(unparsed),
        "unparsed_scored_by_hand": sum(not review.missing for review in unparsed),
        "unscored": sum(review.missing for review in reviews),
    }


def totals(scored: Sequence[Scores]) -> dict[str, Any]:
    """Of one pair of scores for each question."""
    first, second = sum(a for a, _ in scored), sum(b for _, b in scored)
    rate = win_rate(outcome(scores) for scores in scored)
    return {
        "score_1": first,
        "score_2": second,
        "relative_score": 100 * second / first if first else None,
        "win_2": rate.wins,
        "win_1": rate.losses,
        "tie": rate.ties,
        "win_rate_2": rate.rate if scored else None,
        "low": rate.low,
        "high": rate.high,
        "n": len(scored),
    }


def outcome(scores: Scores) -> float:
    """1 where the second answer scores higher, ½ where both score the same."""
    return (1 + (scores[1] > scores[0]) - (scores[1] < scores[0])) / 2


def calibrated(as_given: Sequence[Scores], exchanged: Sequence[Scores]) -> CalibratedScores:
    """Balanced position calibration: the mean over samples of both orders.

    `exchanged` are scores as printed when the second answer was shown first. Failed samples are left
    out by the caller; ValueError where an order has none, since the mean would lean to the other.
    """
    if not as_given or not exchanged:
        raise ValueError("one order has no score: calibration needs both")
    samples = [*as_given, *((a, b) for b, a in exchanged)]
    verdicts = Counter(outcome(scores) for scores in samples)
    shares = [count / len(samples) for count in verdicts.values()]
    return CalibratedScores(
        fmean(a for a, _ in samples), fmean(b for _, b in samples), -sum(p * log(p) for p in shares) or 0.0
    )


def conflict_rate(as_given: Sequence[Scores], exchanged: Sequence[Scores]) -> float:
    """The share of questions whose verdict changes when the answers are exchanged."""
    return fmean(outcome(given) != 1 - outcome(other) for given, other in zip(as_given, exchanged, strict=True))
