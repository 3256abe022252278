"""A recipe of four stages, whose runs end as a test wants."""

from training.models import Run
from training.recipes.orchestration import advance
from training.recipes.stages import Asked, Given, Need, Pipeline, Stage
from training.rundir import Result, RunDir
from training.runs import ingest
from training.worker import transitions

NEEDS = {
    "train": Need("demonstrations", "What SFT learns.", is_made=True),
    "asked": Need("prompts", "What is asked.", is_made=True),
}


def build(asked: Asked) -> Pipeline:
    train, seed = {"train": Given("train")}, {"seed": asked.seed}
    stages = (
        Stage("create", "create", seed, inputs={"corpus": Given("train")}, weight=1),
        Stage("sft", "sft", seed, starts_from="create", inputs=train, weight=6),
        Stage("control", "sft", starts_from="create", inputs=train, weight=2),
        Stage("sample", "sample", starts_from="sft", inputs={"prompts": Given("asked")}, after=("control",)),
    )
    return Pipeline(NEEDS, stages)


def children(run: Run) -> dict[str, str]:
    return dict(run.stages.values_list("stage", "state"))


def succeed(run: Run, stage: str) -> None:
    child = run.stages.get(stage=stage)
    claim = transitions.claim(child.pk, "w1")
    assert claim
    ingest.register(child, RunDir(child.directory), Result(kind=child.kind, state="succeeded"))
    assert transitions.finish(claim, {})
    advance(run.pk)


def break_down(run: Run, stage: str) -> None:
    claim = transitions.claim(run.stages.get(stage=stage).pk, "w1")
    assert claim
    transitions.fail(claim, "no memory left")
    advance(run.pk)


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state
