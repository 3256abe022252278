"""Every kind of run, one after the other, with the real programs on a model too small to learn anything."""

from typing import Any

import pytest
from django.db.models import F

from annotation.datasets import versions
from annotation.demo import world
from annotation.models import Author, Collection, Judgment, Pair, Prompt, Score, Version
from frontend.presenters.training.lineage import origins
from studio.accounts.models import User
from training.models import Checkpoint, Evaluation, Run
from training.recipes import RECIPES, orchestration
from training.recipes.stages import (
    Asked,
    CheckpointOf,
    Given,
    Need,
    Pipeline,
    Recipe,
    Stage,
    StageOutput,
    StageVersion,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

CPU = {"gpus": 0, "precision": "fp32"}
TRAIN = CPU | {"template": "tiny", "batch_size": 8, "micro_batch_size": 8, "max_length": 96, "epochs": 1}
TRAIN |= {"gradient_checkpointing": False, "log_every": 1}
SAMPLE = CPU | {"max_tokens": 12, "engine": "transformers"}
HELD_OUT = SAMPLE | {"draws": [{"name": "sampled", "n": 2}, {"name": "greedy", "temperature": 0}]}


DRAWN = SAMPLE | {"draws": [{"name": "few", "n": 3}, {"name": "many", "n": 6}]}


def trial(name: str) -> Stage:
    """A stage's responses to the held-out prompts."""
    return Stage(f"{name}_trial", "sample", HELD_OUT, name, {"prompts": Given("held_out")})


NEEDS = {
    "lessons": Need("demonstrations", "What SFT learns.", is_made=True),
    "asked": Need("prompts", "What is asked.", is_made=True),
    "held_out": Need("prompts", "What the evaluation asks.", is_made=True),
}


def build(asked: Asked) -> Pipeline:
    small = CPU | {"vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "positions": 128}
    few, many = StageOutput("draw", "few.jsonl"), StageOutput("draw", "many.jsonl")
    comparisons = [
        {"checkpoint": CheckpointOf("sft")},
        {"checkpoint": CheckpointOf("dpo"), "baseline": CheckpointOf("sft"), "control": True},
    ]
    evaluate = {"judge": "rubric_two", "comparisons": comparisons}
    trials = ("sft_trial", "dpo_trial")
    stages = (
        Stage("create", "create", small, inputs={"corpus": Given("lessons")}),
        Stage("sft", "sft", TRAIN, "create", {"train": Given("lessons")}),
        Stage("draw", "sample", DRAWN, "sft", {"prompts": Given("asked")}),
        Stage("judge", "judge", {"judge": "rubric_one", "per_prompt": 2}, inputs={"responses": few}),
        Stage("reward", "reward", TRAIN, "sft", {"train": StageVersion("judge", "preferences")}),
        Stage("score", "score", CPU, "reward", {"responses": many}),
        Stage("keep", "keep_best", {}, inputs={"responses": many, "scores": StageOutput("score", "scores.jsonl")}),
        Stage("dpo", "dpo", TRAIN, "sft", {"train": StageVersion("keep", "pairs")}),
        *(trial(name) for name in ("sft", "dpo")),
        Stage("evaluate", "evaluate", evaluate, inputs={"prompts": Given("held_out")}, after=trials),
    )
    return Pipeline(NEEDS, stages)


def prepare(asked: Asked, by: User | None) -> dict[str, Version]:
    toys = Collection.objects.create(slug="toys", name="Toys")
    texts = list(world.training_prompts(24))
    prompts = [Prompt.objects.create(collection=toys, messages=[{"role": "user", "content": text}]) for text in texts]
    plain = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
    lessons = [row | {"response": "Here are a cat and a dog."} for row in plain]
    return {
        "lessons": versions.freeze_rows("lessons", "demonstrations", lessons, {}),
        "asked": versions.freeze_rows("asked", "prompts", plain[:16], {}),
        "held_out": versions.freeze_rows("held out", "prompts", plain[16:], {}),
    }


@pytest.fixture
def circle(monkeypatch: pytest.MonkeyPatch, settings: Any, db: None) -> Run:
    settings.GPU_SLOTS = 1000
    monkeypatch.setitem(RECIPES, "circle", Recipe("circle", "Circle", "For tests.", ("tiny",), build, prepare))
    return orchestration.start({"recipe": "circle", "seed": 1})


@pytest.mark.usefixtures("tasks_run_at_once")
def test_the_circle_closes(circle: Run) -> None:
    circle.refresh_from_db()
    states = dict(circle.children.values_list("stage", "state"))
    assert (circle.state, set(states.values())) == ("succeeded", {"succeeded"}), (circle.error, states)
    assert circle.done == circle.total == len(build(Asked("tiny")).stages)
    made = set(Checkpoint.objects.values_list("run__stage", flat=True))
    assert made == {"create", "sft", "reward", "dpo"}
    assert Checkpoint.objects.get(run__stage="dpo").base == Checkpoint.objects.get(run__stage="sft")
    assert Author.objects.filter(kind="reward_model").count() == 1
    assert Judgment.objects.filter(state="valid").exists()
    assert Score.objects.exists()
    leads_back(circle)
    rows = Evaluation.objects.filter(run__parent=circle)
    assert rows.count() == 4
    held = rows.filter(score_low__lte=F("score"), score_high__gte=F("score"))
    # Whole points for every prompt alike show no spread, and their mean has no interval.
    alike = [row for row in rows.filter(score_low=None, score_high=None) if row.score == round(row.score or 0.5)]
    assert held.exists() and held.count() + len(alike) == 4


def leads_back(circle: Run) -> None:
    """From what DPO learnt to pairs, whose responses SFT wrote and the reward model scored, and to the prompts."""
    learnt, rater = circle.children.get(stage="dpo").versions.get(), Author.objects.get(kind="reward_model")
    pairs = [item.pair for item in learnt.items.select_related("pair__left__author")]
    assert pairs and not Pair.objects.filter(pk__in=[pair.pk for pair in pairs if pair]).exists()
    for pair in pairs:
        assert pair and pair.source == f"run {circle.children.get(stage='keep').pk}" and not pair.to_compare
        scores = [side.scores.get(author=rater).value for side in (pair.left, pair.right)]
        assert scores[0] != scores[1] and pair.left.author == Checkpoint.objects.get(run__stage="sft").author
    told = [
        (step.role, step.run.stage if step.run else "") for step in origins(Checkpoint.objects.get(run__stage="dpo"))
    ]
    assert told[:4] == [("train", ""), ("made by", "keep"), ("scores", "score"), ("responses", "draw")]
