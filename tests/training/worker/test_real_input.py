"""The main job with real input, continued by the machines: a reward model on GPT-4's published judgments."""

from pathlib import Path

import pytest
from django.core.management import call_command

from annotation.datasets import versions
from studio.accounts.models import User
from training.models import Checkpoint, Run
from training.runs import launching
from training.worker import execution

pytestmark = pytest.mark.django_db(transaction=True)

TINY = {"gpus": 0, "precision": "fp32", "threads": 1}
BRIEF = {"max_steps": 12, "batch_size": 16, "micro_batch_size": 16, "max_length": 192, "gradient_checkpointing": False}


def done(run: Run) -> Run:
    execution.execute(run.pk, "a-worker")
    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED, run.error
    return run


def test_a_reward_model_on_published_judgments_reports_its_accuracy_beside_the_majority(
    data: Path, eli: User, tmp_path: Path
) -> None:
    pytest.importorskip("trl", reason="the training extra is not installed")
    file = data / "alpaca_eval" / "annotations_ae1" / "vicuna-13b.json"
    call_command("import_data", "alpaca_annotations", file, collection="alpaca-eval")
    preferences = versions.freeze("gpt-4", "preferences", {"collections": ["alpaca-eval"], "test_share": 0.2}, eli)
    answers = versions.freeze("answers", "demonstrations", {"collections": ["alpaca-eval"]}, eli)

    made = done(launching.launch("create", TINY | {"width": 32, "heads": 2}, inputs={"corpus": answers}, by=eli))
    base = Checkpoint.objects.get(run=made)
    settings = TINY | BRIEF | {"template": "own", "learning_rate": 1e-3}
    trained = done(launching.launch("reward", settings, checkpoint=base, inputs={"train": preferences}, by=eli))

    held_out = trained.result["figures"]["held_out"]
    assert held_out["n"] + trained.result["counts"].get("dropped", 0) > 0
    assert 0 <= held_out["accuracy"] <= 1 and 0.5 <= held_out["majority"] <= 1
    assert Checkpoint.objects.get(run=trained).kind == Checkpoint.Kind.REWARD
