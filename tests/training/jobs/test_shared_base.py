"""Training from a checkpoint that another project shares: real, and silent about where that project has it."""

from pathlib import Path

import pytest

from annotation import sharing
from annotation.datasets import versions
from studio.accounts.models import User
from studio.accounts.roles import Role
from studio.projects.scope import inside
from tests.annotation.making import prompt
from tests.frontend.machines import checkpoint
from tests.teams import team_b
from tests.training.jobs.conftest import PREFERENCES, TRAINING
from training.models import Checkpoint, CheckpointShare
from training.runs import launching
from training.runs.logs import log_from
from training.worker import execution

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reward_model_is_trained_from_it_and_its_log_does_not_say_where_it_is(base: str, lea: User) -> None:
    other = team_b(lea, Role.ENGINEER)
    sharing.share(CheckpointShare, checkpoint("ours", path=base, template="tiny"), other, lea)
    with inside(other.pk):
        shared, asked = Checkpoint.objects.get(), prompt()
        rows = [record | {"prompt_id": asked.pk, "pair_id": None} for record in PREFERENCES]
        data = versions.freeze_rows("theirs", "preferences", rows, {})
        run = launching.launch("reward", TRAINING, checkpoint=shared, inputs={"train": data}, by=lea)
        execution.execute(run.pk, "a-worker")
        run.refresh_from_db()
        assert run.state == "succeeded", run.error
        made = Checkpoint.objects.get(run=run)
        assert [one.checkpoint for one in made.lineage()] == [made, shared]
        assert "from:" in log_from(run)["text"] and base not in log_from(run)["text"]
        assert (Path(base) / "model.safetensors").is_file() and made.folder != Path(base)
