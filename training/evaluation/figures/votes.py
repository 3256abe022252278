"""How far judges agree with people and people among themselves, over MT-bench votes. Pure.

Counting of lm-sys/FastChat, `fastchat/llm_judge/compute_agreement.py`: the paper's table 5.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

from annotation.statistics.agreement import Comparison, agreement, between, clustered_interval, within

REMEDY = "A vote has judge, model_a, model_b, question_id, turn and winner: model_a, model_b or tie"

Key = tuple[int, str, str]
ByTurn = dict[int, dict[Key, list[float]]]


@dataclass(frozen=True)
class Vote:
    """Who judged which of two models' answers to a question's turn to be better."""

    judge: str
    model_a: str
    model_b: str
    question_id: int
    turn: int
    winner: str

    def __post_init__(self) -> None:
        if self.winner not in ("model_a", "model_b") and not self.winner.startswith("tie"):
            raise ValueError(f"winner is {self.winner!r}: give model_a, model_b or tie")

    @property
    def group(self) -> str:
        """Experts are "human"; authors of the set stand apart, as in the paper."""
        return {"expert": "human", "author": "author"}.get(self.judge.split("_")[0], self.judge)

    @property
    def key(self) -> Key:
        first, second = sorted((self.model_a, self.model_b))
        return self.question_id, first, second

    @property
    def grade(self) -> float:
        """−1 the first by name, 0 any kind of tie, +1 the second."""
        if self.winner.startswith("tie"):
            return 0
        return -1 if (self.winner == "model_a") == (self.model_a <= self.model_b) else 1


def grouped(votes: Iterable[Vote]) -> dict[str, ByTurn]:
    """Grades by group, turn and key."""
    groups: dict[str, ByTurn] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for vote in votes:
        groups[vote.group][vote.turn][vote.key].append(vote.grade)
    return groups


def figures(first: Iterable[Vote], second: Iterable[Vote]) -> dict[str, Any]:
    """Per two groups, one of each file, and within each group that has several votes on one key."""
    ours, theirs = grouped(first), grouped(second)
    found: dict[str, Any] = {}
    for one, other in product(ours, theirs):
        if one != other:
            turns = ours[one].keys() & theirs[other].keys()
            compared = {turn: list(between(ours[one][turn], theirs[other][turn])) for turn in turns}
            found[f"{one} and {other}"] = _setups(compared)
    for name, by_turn in chain(ours.items(), theirs.items()):
        compared = {turn: list(within(votes)) for turn, votes in by_turn.items()}
        if any(chain.from_iterable(compared.values())):
            found[f"{name} and {name}"] = _setups(compared)
    return found


def _setups(by_turn: dict[int, list[list[Comparison]]]) -> dict[str, Any]:
    return {
        f"turn_{turn}": {
            "with_ties": _counted(by_turn[turn], ties=True),
            "without_ties": _counted(by_turn[turn], ties=False),
        }
        for turn in sorted(by_turn)
    }


def _counted(by_key: Sequence[Sequence[Comparison]], *, ties: bool) -> dict[str, Any]:
    tally = agreement(chain.from_iterable(by_key), ties=ties)
    interval = clustered_interval(by_key, ties=ties)
    return {
        "agreeing": tally.agreeing,
        "compared": tally.compared,
        "agreement": tally.agreeing / tally.compared if tally.compared else None,
        "low": interval.low,
        "high": interval.high,
    }
