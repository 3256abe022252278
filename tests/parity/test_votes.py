"""Agreement over the published MT-bench votes, against a second, plain counting."""

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from training.evaluation.figures.records import read
from training.evaluation.figures.votes import REMEDY, Vote, figures

FILES = "gpt4_pair_q81-90.jsonl", "human_q81-90.jsonl"
Counted = dict[tuple[int, str, str], list[str]]


def by_name(path: Path, judge: str, turn: int) -> Counted:
    """Winners by name, "tie" for any tie."""
    found: Counted = defaultdict(list)
    for line in path.read_text().splitlines():
        vote = json.loads(line)
        if vote["turn"] == turn and vote["judge"].startswith(judge):
            first, second = sorted([vote["model_a"], vote["model_b"]])
            found[vote["question_id"], first, second].append(vote.get(vote["winner"], "tie"))
    return found


def counted(compared: list[tuple[str, str]]) -> tuple[int, int, int, int]:
    decided = [pair for pair in compared if "tie" not in pair]
    return sum(a == b for a, b in compared), len(compared), sum(a == b for a, b in decided), len(decided)


def flat(found: dict[str, dict[str, int]]) -> tuple[int, ...]:
    return tuple(found[setup][key] for setup in ("with_ties", "without_ties") for key in ("agreeing", "compared"))


@pytest.mark.parametrize("turn", [1, 2])
def test_counts_of_agreement_are_those_of_a_plain_count(data: Path, turn: int) -> None:
    judge, people = (data / "mt_bench" / "human_judgments" / name for name in FILES)
    found = figures(read(judge, Vote, REMEDY), read(people, Vote, REMEDY))
    gpt4, experts = by_name(judge, "gpt4", turn), by_name(people, "expert", turn)
    crossed = [(gpt4[key][0], vote) for key, votes in experts.items() if key in gpt4 for vote in votes]
    among = [pair for votes in experts.values() for pair in combinations(votes, 2)]
    assert flat(found["gpt4_pair and human"][f"turn_{turn}"]) == counted(crossed)
    assert flat(found["human and human"][f"turn_{turn}"]) == counted(among)
    assert len(crossed) > 100


def test_gpt4_agrees_with_people_about_as_people_do_among_themselves(data: Path) -> None:
    judge, people = (data / "mt_bench" / "human_judgments" / name for name in FILES)
    found = figures(read(judge, Vote, REMEDY), read(people, Vote, REMEDY))
    without = {name: found[name]["turn_1"]["without_ties"] for name in ("gpt4_pair and human", "human and human")}
    assert all(row["low"] < row["agreement"] < row["high"] for row in without.values())
    assert without["gpt4_pair and human"]["high"] > without["human and human"]["low"]
