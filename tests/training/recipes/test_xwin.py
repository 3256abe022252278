"""The recipe as data: everything it refers to is there, every setting is one, and controls differ in one thing."""

from typing import Any

import pytest

from annotation.models import Version
from training import specs
from training.recipes import files
from training.recipes.sizes import SIZES
from training.recipes.stages import Asked, AuthorOf, Given, Pipeline, Source, Stage, StageOutput, StageVersion
from training.recipes.toy import WORLDS, prepare
from training.recipes.xwin import XWIN, XwinOptions, build
from training.runs import forms

KEPT = {"best", "random", "pairs"}
TOYS = ("toy", "trial")
ASKED = [
    *(Asked(scale, 5, XwinOptions(), rows={"prompts": 900}) for scale in SIZES),
    Asked("toy", 5, XwinOptions(rounds=3)),
    Asked("7b", 5, XwinOptions(rounds=0, controls=False), rows={"prompts": 7}),
    Asked("7b", 5, XwinOptions(rounds=2), frozenset({"sft", "rm"}), {"prompts": 100}),
    Asked("7b", 5, XwinOptions(rounds=2), frozenset({"alpaca_eval", "mt_bench"}), {"prompts": 100}),
    Asked("13b", 5, XwinOptions(), frozenset({"preferences"}), {"prompts": 100, "preferences": 60}),
]


@pytest.fixture(
    params=ASKED, ids=lambda asked: f"{asked.scale}-{asked.options.rounds}-{'-'.join(sorted(asked.given))}"
)
def built(request: Any) -> Pipeline:
    return build(request.param)


@pytest.fixture
def named(built: Pipeline) -> dict[str, Stage]:
    return {stage.name: stage for stage in built.stages}


@pytest.fixture
def toy() -> dict[str, Stage]:
    return {stage.name: stage for stage in build(ASKED[0]).stages}


def test_every_stage_stands_behind_what_it_uses_and_has_a_name_of_its_own(built: Pipeline) -> None:
    seen = set(built.needs)
    for stage in built.stages:
        assert stage.uses <= seen and stage.name not in seen, stage.name
        seen.add(stage.name)


def test_it_asks_for_nothing_that_no_stage_uses(built: Pipeline) -> None:
    assert set(built.needs) <= {name for stage in built.stages for name in stage.uses}


def test_as_a_file_it_is_sound_and_comes_back_the_same(built: Pipeline) -> None:
    file = files.file_of("xwin", "Xwin", "", "toy", 5, built)
    assert files.pipeline(files.read(files.written(file))) == files.pipeline(file)


@pytest.mark.parametrize("scale", SIZES)
def test_the_largest_seed_is_one_of_every_stage(scale: str) -> None:
    for stage in build(Asked(scale, specs.LARGE - 1, XwinOptions(rounds=2))).stages:
        assert forms.checked(stage.kind, stage.settings)[1].get("seed", "") == ""


def test_every_input_is_a_file_that_its_maker_writes(named: dict[str, Stage]) -> None:
    for stage in named.values():
        for source in stage.inputs.values():
            assert source in possible(named, source), (stage.name, source)


def possible(named: dict[str, Stage], source: Source) -> list[Source]:
    if isinstance(source, Given):
        return [source]
    maker = named[source.stage]
    if isinstance(source, StageVersion):
        return [StageVersion(maker.name, name) for name in ({"preferences"} if maker.kind == "judge" else KEPT)]
    files = ["scores"] if maker.kind == "score" else [draw["name"] for draw in maker.settings["draws"]]
    return [StageOutput(maker.name, f"{name}.jsonl") for name in files]


def test_draws_stay_within_the_prompts_that_there_are() -> None:
    for asked in ASKED:
        there = WORLDS[asked.scale].prompts if asked.scale in WORLDS else asked.rows["prompts"]
        for stage in build(asked).stages:
            for draw in stage.settings.get("draws", ()):
                assert draw.get("first", 0) + draw.get("limit", 0) <= there


def test_the_control_of_rs_differs_in_the_choice_alone(toy: dict[str, Stage]) -> None:
    rs, control = toy["rs"], toy["rs-control"]
    assert (rs.kind, rs.settings, rs.starts_from) == (control.kind, control.settings, control.starts_from)
    assert (rs.inputs["train"], control.inputs["train"]) == (
        StageVersion("best", "best"),
        StageVersion("best", "random"),
    )


def test_the_control_of_dpo_has_the_same_pairs_batches_and_steps(toy: dict[str, Stage]) -> None:
    dpo, control = toy["dpo"], toy["dpo-control"]
    own = {"beta", "losses", "loss_weights"}
    assert (dpo.starts_from, dpo.inputs) == (control.starts_from, control.inputs)
    assert {name: value for name, value in dpo.settings.items() if name not in own} == control.settings


def test_nothing_is_trained_on_what_evaluates(built: Pipeline) -> None:
    judges = {stage.settings["judge"] for stage in built.stages if stage.kind == "judge"}
    evaluating = {stage.settings["judge"] for stage in built.stages if stage.kind == "evaluate"}
    assert judges <= {Given("judge")} and evaluating == {Given("evaluator")}
    readers = {stage.kind for stage in built.stages if Given("held_out") in stage.inputs.values()}
    assert readers == {"sample", "evaluate"}


def test_each_judging_draws_otherwise_and_all_else_has_the_seed(built: Pipeline) -> None:
    seeds = {stage.name: stage.settings["seed"] for stage in built.stages if "seed" in stage.settings}
    later = [name for name, seed in seeds.items() if seed != 5]
    assert all(name.startswith("fresh-preferences") for name in later)
    assert len({seeds[name] for name in later}) == len(later)


def test_a_toy_makes_what_it_begins_with_and_is_judged_by_programs() -> None:
    needs = build(ASKED[0]).needs
    assert {name for name, need in needs.items() if need.is_made} == {"demonstrations", "prompts", "held_out"}
    assert (needs["judge"].default, needs["evaluator"].default) == ("rubric_one", "rubric_two")


def test_a_real_model_needs_what_a_team_brings() -> None:
    needs = build(Asked("7b", 0, XwinOptions(), rows={"prompts": 100})).needs
    assert list(needs) == ["demonstrations", "prompts", "held_out", "base", "judge", "evaluator"]
    assert not any(need.is_made or need.default for need in needs.values())


def test_what_is_there_already_takes_the_place_of_the_stages_that_make_it() -> None:
    asked = Asked("7b", 0, XwinOptions(rounds=0), frozenset({"sft", "preferences"}), {"prompts": 100})
    made = build(asked)
    assert not {"sft", "preferences", "create"} & {stage.name for stage in made.stages}
    assert next(stage for stage in made.stages if stage.name == "rm").inputs == {"train": Given("preferences")}
    assert not {"base", "demonstrations", "judge"} & made.needs.keys()


def test_every_stage_is_measured_by_the_benchmarks_whose_questions_are_given() -> None:
    made = build(ASKED[-2])
    stages = {stage.name: stage for stage in made.stages}
    line = [AuthorOf(name) for name in ("sft", "rs", "dpo", "dpo-2")]
    assert stages["alpaca-eval"].settings["authors"] == stages["mt-bench"].settings["authors"] == line
    assert stages["alpaca-eval"].settings["baseline"] == Given("alpaca_baseline")
    for author in line:
        drawn = [draw["name"] for draw in stages[f"{author.name}-samples"].settings["draws"]]
        assert {"alpaca_eval", "mt_bench"} <= set(drawn)
    assert {"alpaca_eval", "alpaca_baseline", "alpaca_judge", "mt_bench", "mt_judge"} <= made.needs.keys()


def test_without_rounds_dpo_learns_from_the_set_itself() -> None:
    stages = {stage.name: stage for stage in build(ASKED[-4]).stages}
    assert stages["dpo"].inputs == {"train": StageVersion("best", "pairs")}
    assert stages["best"].settings["pairs"] == 1
    assert not any("fresh" in name or "control" in name for name in stages)


def test_each_round_starts_from_the_last_and_refreshes_its_reward_model() -> None:
    stages = {stage.name: stage for stage in build(Asked("toy", 0, XwinOptions(rounds=3))).stages}
    assert [stages[name].starts_from for name in ("dpo", "dpo-2", "dpo-3")] == ["rs", "dpo", "dpo-2"]
    assert [stages[f"fresh-rm{end}"].starts_from for end in ("", "-2", "-3")] == ["rm", "fresh-rm", "fresh-rm-2"]
    assert stages["choices-2"].inputs == {"responses": StageOutput("dpo-samples", "choices.jsonl")}


def test_every_stage_is_compared_with_the_one_before_it_and_with_its_control() -> None:
    compared = build(Asked("toy", 0, XwinOptions(rounds=2))).stages[-1].settings["comparisons"]
    pairs = [(one["checkpoint"].name, one["baseline"].name) for one in compared[1:]]
    assert [pair for pair, one in zip(pairs, compared[1:], strict=True) if not one["control"]] == [
        ("rs", "sft"),
        ("dpo", "rs"),
        ("dpo-2", "dpo"),
        ("rs", "rs-control"),
        ("dpo", "dpo-control"),
        ("dpo-2", "dpo-control-2"),
    ]


@pytest.mark.django_db
def test_what_it_begins_with_is_frozen_and_kept_apart() -> None:
    made = prepare(Asked("trial", 1), None)
    assert {name: version.kind for name, version in made.items()} == {
        "demonstrations": "demonstrations",
        "prompts": "prompts",
        "held_out": "prompts",
    }
    assert made["demonstrations"].counts["items"] == 2 * WORLDS["trial"].prompts
    assert not prompts_of(made["demonstrations"]) & prompts_of(made["held_out"])
    assert made["demonstrations"].digest == prepare(Asked("trial", 1), None)["demonstrations"].digest
    assert made["demonstrations"].digest != prepare(Asked("trial", 2), None)["demonstrations"].digest


def prompts_of(version: Version) -> set[int | None]:
    return set(version.items.values_list("prompt", flat=True))


def test_it_is_offered() -> None:
    assert XWIN.name == "xwin" and XWIN.scales[0] == "toy"
