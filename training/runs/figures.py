"""What programs measured, with its intervals: one reading of a run's result for pages, reports and the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.statistics.intervals import Interval, wilson, within

Result = Mapping[str, Any]
# How long the chosen response is beside the rejected one, in the order in which it is read.
LENGTHS = ("less than half as long", "shorter", "about as long", "longer", "more than twice as long")


@dataclass(frozen=True)
class PartAccuracy:
    """Held-out pairs of one part, such as a grade: the share that the reward model gets right, with Wilson's interval.

    `by_rule` is the share that the rule without a model gets right of them; None where the program did not say. `name`
    is empty where the data does not state it.
    """

    name: str
    accuracy: Interval
    by_rule: float | None


@dataclass(frozen=True)
class CalibrationBin:
    """Pairs on which a reward model is about as sure: the probability that it gives to the response that it prefers,
    and the share of the verdicts of people or judges for that response, with Wilson's 95 % interval.
    """

    predicted: float
    voted: Interval


@dataclass(frozen=True)
class HeldOut:
    """What a trainer measured on `n` held-out rows with the weights that it kept, those after `step`.

    `accuracy` is how often the chosen one of two responses has the higher reward; a tie counts half. Of a reward model
    `majority` is what the better of two rules without a model gets right: the longer response, or the shorter one.
    """

    n: int
    step: int | None
    loss: float | None
    margin: float | None
    token_accuracy: float | None
    accuracy: Interval | None
    majority: float | None
    prefers_longer: bool
    grades: tuple[PartAccuracy, ...]
    domains: tuple[PartAccuracy, ...] = ()
    languages: tuple[PartAccuracy, ...] = ()
    lengths: tuple[PartAccuracy, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()

    @property
    def calibration_error(self) -> float | None:
        """The mean distance between probability and share of the verdicts over all pairs; None where none was said."""
        pairs = sum(each.voted.n for each in self.calibration)
        off = sum(each.voted.n * abs(each.predicted - each.voted.estimate) for each in self.calibration)
        return off / pairs if pairs else None

    @property
    def rule(self) -> str:
        return "the longer response" if self.prefers_longer else "the shorter response"


@dataclass(frozen=True)
class BestOf:
    """The mean best score among `n` responses over `prompts`, and its 95 % interval by Student's quantile."""

    n: int
    score: float
    low: float | None
    high: float | None
    prompts: int


def held_out(result: Result) -> HeldOut | None:
    """Out of a run's result; None where it measured none."""
    found = figure(result, "held_out")
    if not found:
        return None
    longer = found.get("longer", 0.0) >= found.get("majority", 1.0)
    grades = dict(sorted(found.get("by_grade", {}).items(), key=lambda grade: float(grade[0])))
    return HeldOut(
        n=found["n"],
        accuracy=share(found) if "accuracy" in found else None,
        prefers_longer=longer,
        grades=accuracies(grades, longer),
        domains=accuracies(found.get("by_domain", {}), longer),
        languages=accuracies(found.get("by_language", {}), longer),
        lengths=accuracies(by_length(found.get("by_length", {})), longer),
        calibration=tuple(
            CalibrationBin(each["predicted"], wilson(min(each["voted"] * each["n"], each["n"]), each["n"]))
            for each in found.get("calibration", ())
        ),
        **{name: found.get(name) for name in ("step", "loss", "margin", "token_accuracy", "majority")},
    )


def accuracies(parts: Mapping[str, Mapping[str, Any]], longer: bool) -> tuple[PartAccuracy, ...]:
    return tuple(PartAccuracy(name, share(each), by_rule(each, longer)) for name, each in parts.items())


def by_length(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """From the chosen response being much shorter to it being much longer."""
    return {name: parts[name] for name in LENGTHS if name in parts}


def share(found: Mapping[str, Any]) -> Interval:
    return wilson(min(found["accuracy"] * found["n"], found["n"]), found["n"])


def by_rule(found: Mapping[str, Any], longer: bool) -> float | None:
    if "longer" not in found:
        return None
    right: float = found["longer"]
    return right if longer else 1 - right


def best_of_n(result: Result) -> list[BestOf]:
    """The curve out of a run's result, by rising n; empty where it has none."""
    return [best_of(**row) for row in figure(result, "best_of_n") or ()]


def best_of(n: int, score: float, prompts: int, error: float | None = None) -> BestOf:
    """`error` is the standard error over prompts; of one prompt there is none."""
    if error is None:
        return BestOf(n, score, None, None, prompts)
    reach = within(0.95, prompts - 1) * error
    return BestOf(n, score, score - reach, score + reach, prompts)


def figure(result: Result, name: str) -> Any:
    return (result.get("figures") or {}).get(name)
