"""Which rows of a leaderboard may stand side by side. Pure: it reads rows and touches no database."""

from typing import NamedTuple

from training.models import BenchmarkResult

REMEDIES = {
    "benchmark": "compare figures of one benchmark",
    "judge": "measure both under one judge",
    "prompts_digest": "measure both on the same questions",
    "baseline": "measure both against one baseline",
}
CALLED = {"benchmark": "benchmarks", "judge": "judges", "prompts_digest": "sets of questions", "baseline": "baselines"}


class LeaderboardKey(NamedTuple):
    """All that two rows must share; empty where a protocol has no such thing."""

    benchmark: str
    judge: str
    prompts_digest: str
    baseline: str


def key_of(row: BenchmarkResult) -> LeaderboardKey:
    return LeaderboardKey(row.benchmark, row.judge, row.prompts_digest, row.baseline)


def refusal(one: BenchmarkResult, other: BenchmarkResult) -> str:
    """Why the two cannot be compared and what to do about it; empty where they can."""
    differing = [name for name in LeaderboardKey._fields if getattr(one, name) != getattr(other, name)]
    if not differing:
        return ""
    told = "; ".join(f"the {CALLED[name]} differ{values(name, one, other)}" for name in differing)
    remedy = " and ".join(REMEDIES[name] for name in differing)
    return f"{one.name} and {other.name} cannot stand side by side: {told}. To compare them, {remedy}."


def values(name: str, one: BenchmarkResult, other: BenchmarkResult) -> str:
    """A digest says nothing to a reader; the name of the collection does."""
    if name == "prompts_digest":
        return f" ({place(one)} and {place(other)})"
    return f" ({getattr(one, name) or 'none'} and {getattr(other, name) or 'none'})"


def place(row: BenchmarkResult) -> str:
    """Where the questions lie: the collection, with the beginning of its digest, since a collection may grow."""
    called = str(row.collection) if row.collection else "as published"
    return f"{called}, {row.prompts_digest[:8] or 'no digest'}"
