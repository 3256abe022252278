"""The recipe as data: everything it refers to is there, every setting is one, and controls differ in one thing."""

from typing import Any

import msgspec
import pytest

from annotation.models import Version
from training import specs
from training.recipes.stages import PreparedVersion, Stage, StageOutput, StageVersion
from training.recipes.xwin import SCALES, XWIN, prepare, stages
from training.runs import forms
from training.runs.kinds import KINDS
from training.runs.settings import JudgeSettings

PREPARED = {"demonstrations", "prompts", "held_out"}
KEPT = {"best", "random", "pairs"}


@pytest.fixture(params=SCALES)
def named(request: Any) -> dict[str, Stage]:
    return {stage.name: stage for stage in stages(request.param, 5)}


def test_every_stage_stands_behind_what_it_needs(named: dict[str, Stage]) -> None:
    seen: set[str] = set()
    for stage in named.values():
        assert stage.needs <= seen, stage.name
        seen.add(stage.name)


def test_every_setting_is_one_of_its_kind(named: dict[str, Stage]) -> None:
    for stage in named.values():
        settings = dict(stage.settings)
        if KINDS[stage.kind].has_program:
            specs.parse(stage.kind, settings)
        elif stage.kind == "judge":
            msgspec.convert(settings, JudgeSettings)


@pytest.mark.parametrize("scale", SCALES)
def test_the_largest_seed_is_one_of_every_stage(scale: str) -> None:
    for stage in stages(scale, specs.LARGE - 1):
        assert forms.checked(stage.kind, stage.settings)[1].get("seed", "") == ""


def test_every_input_is_a_file_that_its_maker_writes(named: dict[str, Stage]) -> None:
    for stage in named.values():
        for source in stage.inputs.values():
            assert source in possible(named, source), (stage.name, source)


def possible(
    named: dict[str, Stage], source: PreparedVersion | StageOutput | StageVersion
) -> list[PreparedVersion | StageOutput | StageVersion]:
    if isinstance(source, PreparedVersion):
        return [PreparedVersion(name) for name in PREPARED]
    maker = named[source.stage]
    if isinstance(source, StageVersion):
        return [StageVersion(maker.name, name) for name in ({"preferences"} if maker.kind == "judge" else KEPT)]
    files = ["scores"] if maker.kind == "score" else [draw["name"] for draw in maker.settings["draws"]]
    return [StageOutput(maker.name, f"{name}.jsonl") for name in files]


def test_draws_stay_within_the_prompts_that_there_are() -> None:
    for scale, size in SCALES.items():
        for stage in stages(scale, 0):
            for draw in stage.settings.get("draws", ()):
                assert draw.get("first", 0) + draw.get("limit", 0) <= size.prompts


def test_the_control_of_rs_differs_in_the_choice_alone(named: dict[str, Stage]) -> None:
    rs, control = named["rs"], named["rs-control"]
    assert (rs.kind, rs.settings, rs.starts_from) == (control.kind, control.settings, control.starts_from)
    assert (rs.inputs["train"], control.inputs["train"]) == (
        StageVersion("best", "best"),
        StageVersion("best", "random"),
    )


def test_the_control_of_dpo_has_the_same_pairs_batches_and_steps(named: dict[str, Stage]) -> None:
    dpo, control = named["dpo"], named["dpo-control"]
    own = {"beta", "losses", "loss_weights"}
    assert (dpo.starts_from, dpo.inputs) == (control.starts_from, control.inputs)
    assert {name: value for name, value in dpo.settings.items() if name not in own} == control.settings


def test_nothing_is_trained_on_what_evaluates(named: dict[str, Stage]) -> None:
    judges = {stage.settings["judge"] for stage in named.values() if stage.kind == "judge"}
    assert judges == {"rubric_one"} and named["evaluation"].settings["judge"] == "rubric_two"
    readers = {stage.kind for stage in named.values() if PreparedVersion("held_out") in stage.inputs.values()}
    assert readers == {"sample", "evaluate"}


def test_the_seed_reaches_every_stage_that_draws(named: dict[str, Stage]) -> None:
    seeds = {name: stage.settings["seed"] for name, stage in named.items() if stage.kind != "evaluate"}
    assert set(seeds.values()) == {5, 6}
    assert [name for name, seed in seeds.items() if seed == 6] == ["fresh-preferences"]


@pytest.mark.django_db
def test_what_it_begins_with_is_frozen_and_kept_apart() -> None:
    made = prepare("trial", 1, None)
    assert made.keys() == PREPARED
    assert [made[name].kind for name in ("demonstrations", "prompts", "held_out")] == [
        "demonstrations",
        "prompts",
        "prompts",
    ]
    assert made["demonstrations"].counts["items"] == 2 * SCALES["trial"].prompts
    assert not prompts_of(made["demonstrations"]) & prompts_of(made["held_out"])
    assert made["demonstrations"].digest == prepare("trial", 1, None)["demonstrations"].digest
    assert made["demonstrations"].digest != prepare("trial", 2, None)["demonstrations"].digest


def prompts_of(version: Version) -> set[int | None]:
    return set(version.items.values_list("prompt", flat=True))


def test_it_is_offered() -> None:
    assert XWIN.name == "xwin" and XWIN.scales[0] == "toy"
