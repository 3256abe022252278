"""Runs are named by what they do."""

from typing import Any

import pytest

from annotation.models import Version
from tests.frontend.machines import checkpoint
from training.models import Checkpoint
from training.runs.names import RunOutput, title

MINE = Version(name="mine", number=3)


@pytest.mark.parametrize(
    ("kind", "chosen", "named"),
    [
        ("dpo", {}, "DPO on mine v3 from sft-7b"),
        ("sample", {"draws": [{"n": 64}]}, "Sample 64 from sft-7b on mine v3"),
        ("score", {}, "Score mine v3 with sft-7b"),
        ("keep_best", {}, "Keep the best of mine v3"),
        ("judge", {"judge": "xwin_pair"}, "xwin_pair on mine v3"),
    ],
)
def test_a_run_is_called_by_what_it_does_on_what(kind: str, chosen: dict[str, Any], named: str) -> None:
    assert title(kind, Checkpoint(name="sft-7b"), {"train": MINE}, chosen) == named


def test_a_judging_run_is_called_by_its_judge_and_its_pairs() -> None:
    asked: dict[str, Any] = {"judge": "xwin_pair", "collection": "alpaca-eval", "pairs": []}
    assert title("judge", None, {}, asked) == "xwin_pair on alpaca-eval"
    assert title("judge", None, {}, asked | {"collection": "", "pairs": [7]}) == "xwin_pair on 1 pair"


def test_a_long_line_of_descent_is_not_repeated() -> None:
    assert len(title("dpo", Checkpoint(name="DPO on " * 30), {"train": MINE}, {})) < 90


def test_what_another_run_left_is_named_by_that_run() -> None:
    given = RunOutput(12, "pairs.jsonl")
    assert title("keep_best", None, {"responses": given}, {}) == "Keep the best of pairs of run 12"


def test_an_evaluation_of_one_checkpoint_names_it(db: None) -> None:
    one: dict[str, Any] = {"comparisons": [{"checkpoint": checkpoint("sft-7b").pk}], "judge": "rubric_two"}
    assert title("evaluate", None, {"prompts": MINE}, one) == "Evaluate sft-7b on mine v3 by rubric_two"
