"""A run of classical benchmarks, from its launch to its figures."""

from pathlib import Path
from typing import Any

import pytest

from annotation.models import Version
from studio.accounts.models import User
from tests.training import toy_tasks
from training.models import Checkpoint, Run, TaskResult
from training.runs import launching
from training.worker import execution, preparation

pytestmark = pytest.mark.django_db(transaction=True)

TINY = {"gpus": 0, "precision": "fp32", "threads": 1}


def ended(run: Run) -> Run:
    execution.execute(run.pk, "a-worker")
    run.refresh_from_db()
    return run


@pytest.fixture
def checkpoint(corpus: Version, eli: User) -> Checkpoint:
    pytest.importorskip("trl", reason="the training extra is not installed")
    made = ended(
        launching.launch("create", TINY | {"width": 16, "heads": 2, "layers": 1}, inputs={"corpus": corpus}, by=eli)
    )
    return Checkpoint.objects.get(run=made)


@pytest.mark.slow
def test_what_a_checkpoint_got_right_is_kept_by_task(
    checkpoint: Checkpoint, eli: User, tmp_path: Path, settings: Any
) -> None:
    pytest.importorskip("lm_eval", reason="the extra is not installed")
    settings.LM_EVAL_TASKS = str(toy_tasks.write(tmp_path / "tasks"))
    asked = TINY | {"tasks": ["toys", "toy_write"], "limit": 4}
    run = ended(launching.launch("lm_eval", asked, checkpoint=checkpoint, by=eli))
    assert run.state == "succeeded", run.error
    rows = {row.task: row for row in TaskResult.objects.filter(run=run, checkpoint=checkpoint)}
    assert {name: (row.part_of, row.n, row.metric, row.limit) for name, row in rows.items()} == {
        "toys": ("", 8, "acc", 4),
        "toy_choose": ("toys", 4, "acc", 4),
        "toy_pick": ("toys", 4, "acc", 4),
        "toy_write": ("", 4, "exact_match", 4),
    }
    assert all(0 <= row.value <= 1 for row in rows.values())


def test_a_worker_without_the_harness_says_how_to_add_it(
    checkpoint: Checkpoint, eli: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "find_spec", lambda name: None)
    run = ended(launching.launch("lm_eval", TINY, checkpoint=checkpoint, by=eli))
    assert run.state == "failed"
    assert 'lacks lm_eval. Install its extra: make run EXTRAS="train lm_eval"' in run.error
