"""A small studio in which every page has something to show: the demo, and a circle of models around it.

The models' answers are written by the toy world's own writer with growing care and judged by its rubrics, so texts,
scores and verdicts belong together. The rates of the evaluations and the curves are made up, to be laid out only.
"""

import math
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.apps import apps
from django.db import connection
from django.utils import timezone

from annotation.datasets import versions
from annotation.demo import loading, rubric, writing
from annotation.models import (
    Author,
    Collection,
    Endpoint,
    Flag,
    JudgeBatch,
    JudgeCall,
    JudgeSpending,
    KeptJudge,
    Move,
    Pair,
    Pause,
    ProjectDefaults,
    Prompt,
    Remark,
    Response,
    Version,
    VersionShare,
)
from studio.accounts.acts import invitations
from studio.accounts.models import ApiToken, User
from studio.accounts.roles import Role
from tests.annotation.making import author, judge, paired, score
from tests.frontend.benching import published, row
from tests.frontend.machines import checkpoint, evaluation, run, running
from tests.frontend.measured import result
from training.models import BenchmarkResult, Checkpoint, CheckpointShare, Metric, Run, RunVersion, TaskResult, Worker

ANSWERED = 12
STAGES = {"sft": 0.4, "rejection": 0.2, "dpo": 0.05}
WORKED = {"worked_seconds": 121.0}
THREE_STAGES = {
    "recipe": "mine",
    "title": "Three stages",
    "needs": {"base": {"kind": "policy"}, "train": {"kind": "preferences"}},
    "stages": [
        {"name": name, "kind": kind, "starts_from": before, "inputs": {"train": "train"}}
        for name, kind, before in (("sft", "sft", "base"), ("rejection", "sft", "sft"), ("dpo", "dpo", "rejection"))
    ],
}
RATES = {"sft": (0.52, 0.47, 0.57), "rejection": (0.66, 0.61, 0.71), "dpo": (0.78, 0.73, 0.82)}


@dataclass(frozen=True)
class Filled:
    """One thing of each kind, for its page."""

    prompt: Prompt
    pair: Pair
    version: Version
    recipe: Run
    run: Run
    checkpoint: Checkpoint
    checkpoints: list[Checkpoint]
    result: BenchmarkResult
    results: list[BenchmarkResult]


def fill(by: User) -> Filled:
    loading.load()
    prompts = list(Prompt.objects.filter(collection__slug="toy-held-out").order_by("pk")[:ANSWERED])
    models = [answered(stage, spoilt, prompts) for stage, spoilt in STAGES.items()]
    pairs = [compared(prompt, models) for prompt in prompts]
    remarks(pairs[0], by)
    AccessAttempt.objects.create(username="bob", ip_address="192.0.2.1", failures_since_start=4, path_info="/sign-in/")
    invitations.join(invitations.invite(by, Role.ANNOTATOR, uses=2, note="For the autumn")[0], User(username="nina"))
    preferences = versions.freeze("toy-preferences", "preferences", {"test_share": 0.2}, by)
    asked = versions.freeze("toy-held-out", "prompts", {"collections": ["toy-held-out"], "limit": ANSWERED}, by)
    recipe = trained(models, preferences, by)
    evaluated(models, asked, recipe)
    measured(models)
    others(by)
    results = [row("plain", [0.0, 0.5, 1.0, None] * 3), row("better", [1.0, 0.5, 0.5, 1.0] * 3)]
    published("theirs", 61.5)
    planned()
    return Filled(
        prompts[0],
        pairs[0],
        preferences,
        recipe,
        recipe.children.get(stage="dpo"),
        models[-1],
        models,
        result(),
        results,
    )


def planned() -> None:
    """PostgreSQL looks at the tables, and nobody else does as long as the transaction lasts.

    Its own vacuum sees none of the rows, takes the tables to be empty, and a join of them then takes many minutes.
    Not at the tables that all databases of the server share: there another worker's tests would wait.
    """
    tables = ", ".join(model._meta.db_table for model in apps.get_models())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def answered(stage: str, spoilt: float, prompts: list[Prompt]) -> Checkpoint:
    """A checkpoint with three scored answers to each prompt."""
    model = checkpoint(f"xwin {stage}", parameters=1_048_576)
    chance = random.Random(stage)
    for prompt in prompts:
        for text in {writing.demonstrate(prompt.text, chance, spoilt) for _ in range(3)}:
            response = Response.objects.create(prompt=prompt, author=model.author, text=text)
            score(response, rubric.grade(prompt.text, text).points - 5, "xwin reward")
    return model


def compared(prompt: Prompt, models: list[Checkpoint]) -> Pair:
    """The first model's answer beside the last one's, judged by rubric."""
    worse, better = (model.author.responses.filter(prompt=prompt).first() for model in (models[0], models[-1]))
    assert worse and better
    pair = paired(worse, better)
    grade = rubric.compare(prompt.text, pair.left.text, pair.right.text, "one")
    judgment = judge(pair, grade, "toy rubric", shown="both", consistent=True, rationale="Counted by the rubric.")
    call = {"shown": "left_first", "grade": grade, "model": "rubric", "prompt_digest": "0" * 64, "latency": 0.01}
    JudgeCall.objects.create(pair=pair, author=judgment.author, judgment=judgment, **call)
    return pair


def remarks(pair: Pair, by: User) -> None:
    person = Author.objects.get_or_create(kind="person", name=by.username, defaults={"user": by})[0]
    Remark.objects.create(pair=pair, author=person, reason="The prompt asks for two things")
    flag = Flag.objects.create(pair=pair, author=person, reason="Names or details of a person")
    flag.settlements.create(state="open", note="Which names?", by=by, at=timezone.now())
    Pause.objects.create(user=by, by=by, note="Read the guidelines.", ended_by=by, ended_at=timezone.now())


def trained(models: list[Checkpoint], data: Version, by: User) -> Run:
    """A recipe that ended well, each of its stages with curves and the checkpoint that it made."""
    began = timezone.now() - timedelta(minutes=12)
    told = {"state": "succeeded", "requested_by": by, "started_at": began, "spec": {"settings": {}, "outputs": {}}}
    recipe = run(
        "recipe",
        name="Xwin on the toy world",
        done=3,
        total=3,
        unit="stages",
        ended_at=timezone.now(),
        worked_seconds=512,
        **told | {"spec": {"settings": {"given": {}}, "outputs": {}, "recipe": THREE_STAGES}},
    )
    base = None
    for number, model in enumerate(models):
        kind, stage = ("dpo" if number == 2 else "sft"), list(STAGES)[number]
        ended = began + timedelta(minutes=3 * number + 2)
        made = run(
            kind,
            parent=recipe,
            stage=stage,
            ended_at=ended,
            worked_seconds=121,
            done=120,
            total=120,
            checkpoint=base,
            **told,
        )
        RunVersion.objects.create(run=made, version=data, role="input", name="train")
        Metric.objects.bulk_create(curve(made))
        Checkpoint.objects.filter(pk=model.pk).update(run=made, base=base)
        base = model
    return recipe


def curve(of: Run) -> list[Metric]:
    chance = random.Random(of.stage)
    points = [(step, 0.4 + 2 * math.exp(-step / 40) + chance.gauss(0, 0.03)) for step in range(1, 121, 2)]
    return [Metric(run=of, name="loss", step=step, value=value) for step, value in points]


def evaluated(models: list[Checkpoint], asked: Version, recipe: Run) -> None:
    """Every stage against the first, by a rubric that labelled nothing."""
    judged, by = run("evaluate", parent=recipe, stage="evaluate", state="succeeded"), author("toy rubric two", "judge")
    for number, (model, rate) in enumerate(zip(models, RATES.values(), strict=True)):
        points = (5.1 + number, 4.9 + number, 5.3 + number)
        told: dict[str, Any] = {"run": judged, "judge": by, "n": 720, "wins": 500, "losses": 180, "ties": 40}
        evaluation(model, models[0] if number else None, asked, rate, points, mean_length=64.0, **told)


def measured(models: list[Checkpoint]) -> None:
    """A row of a leaderboard, and tasks of the harness."""
    told: dict[str, Any] = {"value": 61.5, "low": 58.1, "high": 64.9, "n": 805, "mean_length": 412.0}
    told |= {"figures": {"win_rate": 61.5, "standard_error": 1.7, "n_total": 805}, "name": models[-1].name}
    asked = run("benchmark", state="succeeded")
    collection = Prompt.objects.filter(collection__slug="toy-held-out").first()
    assert collection
    BenchmarkResult.objects.create(
        run=asked,
        benchmark="alpaca_eval",
        author=models[-1].author,
        baseline=models[0].name,
        baseline_author=models[0].author,
        judge="toy rubric two",
        collection=collection.collection,
        **told,
    )
    harness = run("lm_eval", state="succeeded", checkpoint=models[-1])
    for task, value in (("arc_easy", 0.31), ("hellaswag", 0.27)):
        found = {"value": value, "standard_error": 0.012, "metric": "acc_norm", "n": 1000, "num_fewshot": 0}
        TaskResult.objects.create(run=harness, checkpoint=models[-1], task=task, version="1.0", **found)


def rewarded(by: User) -> None:
    """A reward model that was measured on held-out pairs, and the best of n by its scores."""
    shares = [{"n": n, "accuracy": 0.6 + n / 100, "longer": 0.55} for n in (12, 18, 10)]
    held_out: dict[str, Any] = {"n": 40, "accuracy": 0.74, "longer": 0.55, "majority": 0.55}
    held_out["by_grade"] = dict(zip("123", shares, strict=True))
    held_out["by_domain"] = dict(zip(("code", "writing", ""), shares, strict=True))
    held_out["by_language"] = dict(zip(("de", "en", ""), shares, strict=True))
    held_out["by_length"] = dict(zip(("shorter", "about as long", "longer"), shares, strict=True))
    sure = ((12, 0.53, 0.5), (16, 0.64, 0.7), (9, 0.78, 0.72), (3, 0.93, 0.8))
    held_out["calibration"] = [{"n": n, "predicted": predicted, "voted": voted} for n, predicted, voted in sure]
    told: dict[str, Any] = {"state": "succeeded", "requested_by": by}
    run("reward", name="A measured one", result={"figures": {"held_out": held_out, "train_loss": 0.61}}, **told)
    curve = [{"n": 2**power, "score": power / 4, "prompts": 300, "error": 0.03} for power in range(7)]
    figures = {"best_of_n": curve, "deviation": 0.7, "length": {"all": 80.0, "best": 112.0}}
    run("keep_best", name="Keep the best of 64", result={"figures": figures, "counts": {"prompts": 300}}, **told)


def others(by: User) -> None:
    """Runs in the other states, a worker, a reward model and a key."""
    running(name="Sample 64 of each", kind="sample", done=310, total=720, unit="prompts", requested_by=by)
    run("reward", name="A reward model", requested_by=by)
    rewarded(by)
    run("dpo", name="Too large a step", state="failed", error="learning_rate: the loss is not finite at step 31.")
    checkpoint("xwin reward", "reward", parameters=524_288)
    machine = {"cores": 2, "memory_gib": 8, "gpus": [], "missing": [], "host": "here"}
    Worker.objects.create(name="gpu@here", queue="gpu", details=machine, last_seen_at=timezone.now())
    JudgeBatch.objects.create(author=author("toy rubric two", "judge"), endpoint="openai", questions=[])
    Endpoint.objects.create(name="openai", base_url="https://api.openai.com/v1", key_variable="OPENAI_API_KEY")
    KeptJudge.objects.create(name="evidence", kept_to=[])
    JudgeSpending.objects.create(month=timezone.now().date().replace(day=1), asked_for="run 1", spent=1.2)
    ProjectDefaults.objects.create(guidelines="Be fair.", monthly_budget=10.0)
    # With another project an admin would have to name one in each address of the API.
    VersionShare.objects.create(version=Version.objects.earliest("pk"), by=by)
    ours = Checkpoint.objects.earliest("pk")
    CheckpointShare.objects.create(checkpoint=ours, by=by)
    checkpoint(f"{ours} (Autumn)", original=ours, shared_by="Autumn")
    came = Collection.objects.earliest("pk")
    Move.objects.create(collection=came, left_name="Autumn", slug_there="asked", reached_name="Tests", by=by)
    ApiToken.objects.create(user=by, name="laptop", prefix="xw_Ab3", digest="0" * 64, scopes=["read"])
