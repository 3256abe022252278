"""Is B better than A, and how sure: two rows of one key, question by question."""

from typing import NamedTuple

import numpy as np

from annotation.models import Prompt
from annotation.statistics import significance
from annotation.statistics.intervals import Interval
from annotation.statistics.significance import Evidence
from studio.words import counted
from training.evaluation.benchmarks.length import inputs_of
from training.evaluation.figures.length_control import Fit, difficulties, head_to_head
from training.evaluation.leaderboards.comparability import refusal
from training.models import BenchmarkResult

# Both directions are tested, so each has half of the 5 % to err.
ALPHA = 0.025
# z for 95 % two-sided and for a power of 80 %.
Z, POWER = 1.959964, 0.841621
# Below it a p-value says nothing more to anybody.
LEAST_SHOWN = 0.0001


class Incomparable(Exception):
    """The two rows cannot be compared; says why and what to do."""


class ValueScale(NamedTuple):
    """Where a question's value lies, what a difference of 1 is shown as, and in which unit."""

    low: float
    high: float
    shown: float
    unit: str


SHARES = ValueScale(0.0, 1.0, 100.0, "percentage points")
POINTS = ValueScale(1.0, 10.0, 1.0, "points")


def scale_of(row: BenchmarkResult) -> ValueScale:
    """Points are given where there is no baseline; everything else is a share won or right."""
    return POINTS if row.kind.unit == "points" and not row.baseline else SHARES


class ComparedResults(NamedTuple):
    """B against A. `difference` is B − A in the unit; `needed` questions would show one of this size.

    `for_b` and `for_a` are evidence that may be read at any moment. `at_equal_length` is how often B would beat A in
    percent, from the two length-controlled fits; `direct` the row with A as B's baseline, where there is one.
    """

    a: BenchmarkResult
    b: BenchmarkResult
    difference: Interval
    share_above_zero: float
    for_b: Evidence
    for_a: Evidence
    needed: int | None
    unit: str
    at_equal_length: float | None
    direct: BenchmarkResult | None

    @property
    def better(self) -> BenchmarkResult | None:
        """The one that is better for sure; None where that is open."""
        if self.for_b.decided_at is not None and self.difference.estimate > 0:
            return self.b
        return self.a if self.for_a.decided_at is not None and self.difference.estimate < 0 else None

    @property
    def doubts(self) -> list[str]:
        """What speaks against the one that is better: then the finding is mixed."""
        if self.better is None:
            return []
        side = 1 if self.better is self.b else -1
        found = []
        if min(side * self.difference.low, side * self.difference.high) <= 0:
            found.append("The interval of the difference holds 0: what decided early did not last.")
        if self.at_equal_length is not None and side * (self.at_equal_length - 50) < 0:
            found.append("At equal length the other one would win more often.")
        return found

    @property
    def p_value(self) -> float:
        """Two-sided, valid at every moment of looking."""
        return min(1.0, 2 * min(self.for_a.p_value, self.for_b.p_value))

    @property
    def odds(self) -> str:
        return f"p = {self.p_value:.2g}" if self.p_value >= LEAST_SHOWN else f"p < {LEAST_SHOWN}"

    @property
    def sentence(self) -> str:
        gap = self.difference
        apart = f"{abs(gap.estimate):.2f} {self.unit}"
        bounds = f"B − A {gap.estimate:+.2f}, 95 % {gap.low:+.2f} to {gap.high:+.2f}".replace("-", "−")
        interval = f"{bounds}, n = {gap.n:,}"
        if self.better is not None:
            other = self.a if self.better is self.b else self.b
            said = f"{self.better.name} is better than {other.name} by {apart} ({interval}; {self.odds})."
            return " ".join([said, *self.doubts])
        questions = counted(gap.n, "question")
        told = f"{self.a.name} and {self.b.name} cannot be told apart for sure on {questions} ({interval};"
        needed = (
            f" Some {counted(self.needed, 'question')} would show a difference of this size." if self.needed else ""
        )
        return f"{told} {self.odds}).{needed}"


def compare(a: BenchmarkResult, b: BenchmarkResult, *, rounds: int = 10_000, seed: int = 0) -> ComparedResults:
    """Paired over the questions that both have, in the order of the set. Raises Incomparable."""
    if refused := refusal(a, b):
        raise Incomparable(refused)
    scale, (ours, theirs) = scale_of(a), (values(a), values(b))
    shared = [prompt for prompt in ours if prompt in theirs]
    if not shared:
        raise Incomparable(unverdicted(a, b))
    found = significance.paired_difference(ours, theirs, are_points=scale is POINTS, rounds=rounds, seed=seed)
    gains = np.array([(theirs[prompt] - ours[prompt]) / (scale.high - scale.low) for prompt in shared])
    return ComparedResults(
        a=a,
        b=b,
        difference=shown(found.interval, scale),
        share_above_zero=found.share_above_zero,
        for_b=significance.evidence_that_better((1 + gains) / 2, ALPHA),
        for_a=significance.evidence_that_better((1 - gains) / 2, ALPHA),
        needed=needed(gains),
        unit=scale.unit,
        at_equal_length=at_equal_length(a, b, shared),
        direct=direct(a, b),
    )


def values(row: BenchmarkResult) -> dict[int, float]:
    """By question, in the order of the set; without those that failed."""
    judged = row.verdicts.order_by("prompt").values_list("prompt", "value")
    return {prompt: value for prompt, value in judged if value is not None}


def unverdicted(a: BenchmarkResult, b: BenchmarkResult) -> str:
    published = [row.name for row in (a, b) if row.run_id is None]
    if published:
        return (
            f"Of {' and '.join(published)} only figures are published, not the verdicts that they rest on:"
            " import its outputs or annotations and measure it here."
        )
    return f"{a.name} and {b.name} share no question that was judged for both: measure both on the whole set."


def shown(interval: Interval, scale: ValueScale) -> Interval:
    estimate, low, high, n = interval
    return Interval(estimate * scale.shown, low * scale.shown, high * scale.shown, n)


def needed(gains: "np.typing.NDArray[np.float64]") -> int | None:
    """Questions for a power of 80 % at a two-sided 5 %, if difference and spread are what they are here."""
    mean, spread = float(gains.mean()), float(gains.std(ddof=1)) if len(gains) > 1 else 0.0
    if not mean or not spread:
        return None
    return int(np.ceil(((Z + POWER) * spread / mean) ** 2))


def at_equal_length(a: BenchmarkResult, b: BenchmarkResult, prompts: list[int]) -> float | None:
    """How often B would beat A were both as long, in percent, from their fits against the same baseline."""
    fits = [fit_of(row) for row in (b, a)]
    if fits[0] is None or fits[1] is None or a.collection is None:
        return None
    digests = Prompt.objects.filter(pk__in=prompts).values_list("digest", flat=True)
    return head_to_head(fits[0], fits[1], difficulties(list(digests), inputs_of(a.collection).difficulty))


def fit_of(row: BenchmarkResult) -> Fit | None:
    weights = row.figures.get("lc_weights")
    return Fit(**weights, c=row.figures["lc_c"]) if weights else None


def direct(a: BenchmarkResult, b: BenchmarkResult) -> BenchmarkResult | None:
    """The newest row in which B was measured with A as its baseline, by the same judge on the same questions."""
    if a.author_id is None or b.author_id is None:
        return None
    rows = BenchmarkResult.objects.filter(
        benchmark=a.benchmark,
        judge=a.judge,
        prompts_digest=a.prompts_digest,
        author=b.author_id,
        baseline_author=a.author_id,
    )
    return rows.order_by("-pk").first()
