from collections import Counter

import pytest

from annotation.demo.world import training_prompts
from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs, programs
from annotation.models import Judgment, Pair
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

TASK = "Anna is at the market in the morning. List three animals."
GOOD = "Here are three animals: red cat, old dog and new fox."
POOR = "cat cat"


def test_a_program_prefers_what_fits_its_rubric_and_says_the_points() -> None:
    pair(TASK, POOR, GOOD)
    for name in ("rubric_one", "rubric_two"):
        outcome = over_pairs.judge_pairs(load(name), Pair.objects.all())
        assert (outcome.judged, outcome.calls, outcome.price) == (1, 0, 0.0)
        judgment = Judgment.objects.get(author=load(name).author)
        assert judgment.grade == 3 and judgment.rationale.startswith("Left ")


def test_a_pair_of_another_world_is_a_failure_by_name() -> None:
    pair("Name a prime.")
    assert over_pairs.judge_pairs(load("rubric_one"), Pair.objects.all()).failed == 1
    assert "judges the toy world only" in Judgment.objects.get().error


def test_rubric_one_errs_by_its_seed_and_rubric_two_never() -> None:
    close = "Here are three animals: red cat, old dog and fox."
    made = [pair(prompt, close, GOOD) for prompt in training_prompts(60) if "three animals" in prompt]
    made += [pair(TASK, close, GOOD)]
    one, two = load("rubric_one"), load("rubric_two")
    by_seed = Counter(programs.verdict(one, made[0], seed).grade or 0 for seed in range(50))
    assert min(by_seed) < 0 < max(by_seed)
    assert programs.verdict(one, made[0], 7) == programs.verdict(one, made[0], 7)
    assert len({programs.verdict(two, made[0], seed).grade for seed in range(50)}) == 1


def test_equal_points_are_a_tie_for_the_rubric_that_evaluates() -> None:
    made = pair(TASK, GOOD, GOOD.replace("cat", "owl"))
    assert programs.verdict(load("rubric_two"), made).grade == 0


def test_one_response_has_points_or_none_of_them() -> None:
    two = load("rubric_two")
    assert programs.score(two, TASK, GOOD) == pytest.approx(10)
    assert programs.score(two, "Name a prime.", GOOD) is None
