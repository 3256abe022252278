"""Which two of a prompt's scored responses become chosen and rejected, or why none do."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from training.jobs.candidates import Scored
from training.specs import KeepBest
from training.specs.answers import Pairing

T = TypeVar("T")
Pairs = Iterable[tuple[Scored, Scored]]


@dataclass(frozen=True)
class Paired:
    """`why_none` says of a prompt without a pair what was in the way; `by` is the way of pairing that was tried."""

    pairs: list[tuple[Scored, Scored]] = field(default_factory=list)
    why_none: str = ""
    by: Pairing = "best_worst"


def some(responses: Sequence[T], number: int, chance: random.Random) -> list[T]:
    return chance.sample(responses, min(number, len(responses)))


def paired(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Paired:
    """Chosen and rejected of responses that stand best first. Equal scores make no pair."""
    by = drawn(spec, chance)
    if len(responses) < 2:
        return Paired(why_none="single", by=by)
    if responses[0].score == responses[-1].score:
        return Paired(why_none="equal", by=by)
    tried = list(STRATEGIES[by](responses, spec, chance))
    kept = [pair for pair in tried if (gap := pair[0].score - pair[1].score) > 0 and gap >= spec.least_gap]
    high = [pair for pair in kept if spec.least_score is None or pair[0].score >= spec.least_score]
    why = "" if high else "low" if kept else "gap" if tried else "too_few"
    return Paired(high, why, by)


def drawn(spec: KeepBest, chance: random.Random) -> Pairing:
    """One prompt's way of pairing."""
    if not spec.pairings:
        return spec.pairing
    (by,) = chance.choices(list(spec.pairings), list(spec.pairings.values()))
    return by


def best_worst(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """Best against worst, second best against second worst, and so on."""
    number = min(spec.pairs, len(responses) // 2)
    return [(responses[place], responses[-1 - place]) for place in range(number)]


def best_random(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    return [(responses[0], other) for other in some(responses[1:], spec.pairs, chance)]


def best_second(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    return [(responses[0], other) for other in responses[1 : 1 + spec.pairs]]


def best_by_source(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """The best response of the best model against the best of each other model, as many as are wanted."""
    best = dict[str, Scored]()
    for response in responses:
        best.setdefault(response.source, response)
    first, *others = best.values()
    return [(first, other) for other in others[: spec.pairs]]


def rank_window(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """The best against some between two ranks: near enough to the policy, far enough from the best."""
    window = responses[spec.first_rank - 1 : spec.last_rank]
    return [(responses[0], other) for other in some(window, spec.pairs, chance)]


def by_quantiles(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """Chosen from the top share, rejected from the bottom share, each response at most once."""
    top = responses[: max(1, round(len(responses) * spec.upper))]
    bottom = responses[len(top) :][-max(1, round(len(responses) * spec.lower)) :]
    number = min(spec.pairs, len(top), len(bottom))
    return zip(chance.sample(top, number), chance.sample(bottom, number), strict=True)


STRATEGIES: dict[Pairing, Callable[[Sequence[Scored], KeepBest, random.Random], Pairs]] = {
    "best_worst": best_worst,
    "best_random": best_random,
    "best_second": best_second,
    "best_by_source": best_by_source,
    "rank_window": rank_window,
    "quantiles": by_quantiles,
}
