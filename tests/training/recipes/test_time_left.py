"""What a recipe still takes, on machines that are fast at one thing and slow at another."""

from datetime import timedelta

import pytest
from django.utils import timezone

from training.models import Run
from training.recipes.stages import Asked, Stage
from training.recipes.time_left import time_left
from training.recipes.xwin import XwinOptions, build

STAGES = build(Asked("toy", options=XwinOptions())).stages
MACHINES = [
    {},
    {"sft": 3.0, "reward": 3.0, "dpo": 3.0},
    {"sample": 2.5, "score": 0.5},
    {"judge": 0.2, "evaluate": 0.2, "keep_best": 0.3},
]


def ended(seconds: float) -> Run:
    return Run(state="succeeded", started_at=timezone.now(), worked_seconds=seconds)


def half_done(seconds: float) -> Run:
    since = timezone.now() - timedelta(seconds=seconds / 2)
    return Run(state="running", started_at=since, working_since=since, done=50, total=100)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_time_left_is_right_within_a_third_from_a_quarter_of_the_way_on(machine: dict[str, float]) -> None:
    takes = {stage.name: 1.7 * stage.weight * machine.get(stage.kind, 1.0) for stage in STAGES}
    whole, done = sum(takes.values()), 0.0
    for number, stage in enumerate(STAGES):
        if whole / 4 < done < whole:
            children = {one.name: ended(takes[one.name]) for one in STAGES[:number]}
            children[stage.name] = half_done(takes[stage.name])
            # One at a time on the GPU, and whatever judges waits for it: one stage after the other.
            left = whole - done - takes[stage.name] / 2
            assert time_left(STAGES, children, slots=1) == pytest.approx(left, rel=1 / 3), stage.name
        done += takes[stage.name]


def test_before_a_stage_has_ended_nothing_is_said() -> None:
    assert time_left(STAGES, {"create": half_done(10)}, slots=1) is None


def test_two_places_take_two_at_once_and_a_chain_still_takes_its_length() -> None:
    chain = (Stage("a", "sft"), Stage("b", "sft", starts_from="a"), Stage("c", "sft", starts_from="a"))
    beside = (*chain, Stage("d", "sft", starts_from="c"))
    assert time_left(chain, {"a": ended(10)}, slots=1) == 20
    assert time_left(chain, {"a": ended(10)}, slots=2) == 10
    assert time_left(beside, {"a": ended(10)}, slots=4) == 20
