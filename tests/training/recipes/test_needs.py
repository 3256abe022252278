"""What a recipe begins with: checkpoints and judges by name or id, versions as inputs; what is wrong is said first."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from annotation.models import ProjectDefaults, Version
from tests.annotation.making import author, collection, prompt
from training.models import Checkpoint, Run
from training.recipes import built
from training.recipes.orchestration import advance, start
from training.runs import launching
from training.runs.forms import FormInvalid

pytestmark = pytest.mark.django_db
Make = Callable[..., Checkpoint]
WANTED = {"recipe": "xwin", "scale": "7b", "options": {"rounds": 0, "controls": False}}


@pytest.fixture(autouse=True)
def _unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def versions(corpus: Version, asked: Version) -> dict[str, Version]:
    return {"demonstrations": corpus, "prompts": asked, "held_out": asked}


def given(**more: Any) -> dict[str, Any]:
    return WANTED | {"given": {"judge": "rubric_one", "evaluator": "rubric_two"} | more}


def errors(settings: dict[str, Any], versions: dict[str, Version]) -> dict[str, str]:
    with pytest.raises(FormInvalid) as refused:
        start(settings, inputs=versions)
    return refused.value.errors


def test_a_recipe_on_ones_own_model_starts_from_it(make_checkpoint: Make, versions: dict[str, Version]) -> None:
    base = make_checkpoint("llama")
    run = start(given(base="llama"), inputs=versions)
    assert run.spec["settings"]["given"] == {"base": base.pk, "judge": "rubric_one", "evaluator": "rubric_two"}
    advance(run.pk)
    sft = run.children.get()
    assert (sft.stage, sft.checkpoint) == ("sft", base)
    assert sft.run_versions.get().version == versions["demonstrations"]


def test_the_versions_that_were_given_are_inputs_of_the_recipe(
    make_checkpoint: Make, versions: dict[str, Version]
) -> None:
    base = make_checkpoint("llama")
    run = start(given(base=base.pk), inputs=versions)
    rows = run.run_versions.values_list("role", "name")
    assert set(rows) == {("input", name) for name in versions}


def test_everything_that_is_missing_is_said_at_once(versions: dict[str, Version]) -> None:
    found = errors(WANTED, {"prompts": versions["prompts"]})
    assert found.keys() == {
        "given.base",
        "given.judge",
        "given.evaluator",
        "inputs.demonstrations",
        "inputs.held_out",
    }
    assert found["given.base"] == "Say which policy checkpoint. The model that SFT starts from."
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"base": "nobody"}, "There is no checkpoint nobody here."),
        ({"base": 4711}, "There is no checkpoint 4711 here."),
        ({"base": "judge-of-worth"}, "is a reward checkpoint; it needs a policy one"),
        ({"judge": "nobody"}, "nobody"),
        ({"prompts": 3}, "it needs base, judge, evaluator"),
    ],
)
def test_what_is_given_wrongly_is_refused_at_its_need(
    make_checkpoint: Make, versions: dict[str, Version], wrong: dict[str, Any], says: str
) -> None:
    make_checkpoint("llama")
    make_checkpoint("judge-of-worth", kind="reward")
    found = errors(given(**{"base": "llama"} | wrong), versions)
    assert list(found) == [f"given.{next(iter(wrong))}"] and says in found[f"given.{next(iter(wrong))}"]


def test_a_version_of_another_kind_is_refused(make_checkpoint: Make, versions: dict[str, Version]) -> None:
    make_checkpoint("llama")
    found = errors(given(base="llama"), versions | {"prompts": versions["demonstrations"]})
    assert "is not of kind prompts" in found["inputs.prompts"]


def test_the_judge_of_the_project_judges_where_nobody_says_otherwise(
    make_checkpoint: Make, versions: dict[str, Version]
) -> None:
    base = make_checkpoint("llama")
    here = ProjectDefaults.here()
    here.judge = "rubric_one"
    here.save()
    run = start(WANTED | {"given": {"base": base.pk}}, inputs=versions)
    assert run.spec["settings"]["given"]["judge"] == "rubric_one"


def test_an_option_that_there_is_not_is_refused_by_name() -> None:
    found = errors(WANTED | {"options": {"round": 1}}, {})
    assert "rounds, controls" in found["options"]
    assert "rounds" in errors(WANTED | {"options": {"rounds": 99}}, {})["options"]


def test_an_sft_model_that_is_there_already_takes_the_place_of_its_stage(
    make_checkpoint: Make, versions: dict[str, Version]
) -> None:
    sft = make_checkpoint("my-sft")
    run = start(given(sft="my-sft"), inputs={name: versions[name] for name in ("prompts", "held_out")})
    advance(run.pk)
    assert [(child.stage, child.checkpoint) for child in run.children.all()] == [("sft-samples", sft)]


def test_a_recipe_is_started_from_a_file(make_checkpoint: Make, versions: dict[str, Version]) -> None:
    make_checkpoint("llama")
    stage = {"name": "tuned", "kind": "sft", "starts_from": "base", "inputs": {"train": "train"}}
    needs = {"base": {"kind": "policy"}, "train": {"kind": "demonstrations"}}
    file = {"recipe": "mine", "title": "Mine", "needs": needs, "stages": [stage]}
    run = start({"file": file, "given": {"base": "llama"}}, inputs={"train": versions["demonstrations"]})
    assert run.name == "Mine from a file"
    advance(run.pk)
    assert [child.stage for child in run.children.all()] == ["tuned"]
    assert "stages" in errors({"file": file | {"stages": []}}, {})["file"]


def test_the_questions_of_a_benchmark_are_frozen_when_they_are_asked(
    make_checkpoint: Make, versions: dict[str, Version]
) -> None:
    sft, base = make_checkpoint("my-sft"), author("text_davinci_003")
    prompt("What is a prime?", collection=collection("alpaca"))
    measured = {"alpaca_eval": "alpaca", "alpaca_baseline": "text_davinci_003", "alpaca_judge": "rubric_two"}
    run = start(given(sft="my-sft", **measured), inputs={name: versions[name] for name in ("prompts", "held_out")})
    assert run.spec["settings"]["given"]["alpaca_baseline"] == base.pk
    advance(run.pk)
    samples = run.children.get(stage="sft-samples")
    assert samples.checkpoint == sft
    assert samples.run_versions.get(name="alpaca_eval").version.counts["items"] == 1
    assert run.run_versions.get(role="output").name == "alpaca_eval"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"alpaca_eval": "none"}, "There is no collection none."),
        ({"alpaca_eval": "alpaca", "alpaca_judge": "rubric_two"}, "Say whose responses."),
        ({"alpaca_eval": "alpaca", "alpaca_judge": "rubric_two", "alpaca_baseline": "x"}, "There is no model x here."),
    ],
)
def test_a_benchmark_that_cannot_be_measured_is_refused_before_the_start(
    make_checkpoint: Make, versions: dict[str, Version], wrong: dict[str, Any], says: str
) -> None:
    make_checkpoint("llama")
    collection("alpaca")
    assert says in " ".join(errors(given(base="llama", **wrong), versions).values())


def test_a_toy_that_was_taken_away_as_a_file_makes_its_world_again() -> None:
    file = msgspec.to_builtins(built({"recipe": "xwin", "scale": "trial"}))
    run = start({"file": file})
    advance(run.pk)
    assert [child.stage for child in run.children.all()] == ["create"]
    assert set(run.run_versions.values_list("name", flat=True)) == {"demonstrations", "prompts", "held_out"}


@pytest.mark.parametrize("change", [{"scale": "7b"}, {"recipe": "mine"}, {"scale": ""}])
def test_what_a_file_says_is_made_must_be_given_where_no_recipe_makes_it(change: dict[str, str]) -> None:
    file = msgspec.to_builtins(built({"recipe": "xwin", "scale": "trial"})) | change
    assert errors({"file": file}, {}).keys() == {"inputs.demonstrations", "inputs.prompts", "inputs.held_out"}
