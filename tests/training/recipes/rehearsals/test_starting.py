"""First steps of what loads several checkpoints: with them, and the run that follows too."""

from collections.abc import Callable

import pytest

from annotation.models import Version
from training.models import Checkpoint
from training.recipes import orchestration
from training.recipes.rehearsals import smaller, starting
from training.runs import forms, launching
from training.runs.forms import FormInvalid

pytestmark = pytest.mark.django_db
FIXED = {"gpus": 0, "precision": "fp32"}


def test_first_steps_of_learning_online_have_its_reward_models_and_so_has_what_follows(
    asked: Version, make_checkpoint: Callable[..., Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    base, rater = make_checkpoint(), make_checkpoint("rater", kind="reward")
    with pytest.raises(FormInvalid) as refused:
        starting.first_steps("online", FIXED, base, {"train": asked})
    assert list(refused.value.errors) == ["loads.reward_models"]
    rehearsal = starting.first_steps("online", FIXED, base, {"train": asked}, loads={"reward_models": [rater]})
    (stage,) = orchestration.file_of(rehearsal).stages
    assert stage.loads == {"reward_models": ("reward_models-1",)}
    assert rehearsal.spec["settings"]["given"] == {"base": base.pk, "reward_models-1": rater.pk}
    followed = starting.start(rehearsal)
    assert [row.checkpoint for row in followed.run_checkpoints.all()] == [rater]


def test_a_rehearsed_step_holds_whole_groups_of_answers() -> None:
    settings = forms.read("online", FIXED | {"n": 16, "micro_batch_size": 4})
    short = smaller.smaller("online", settings)
    assert short["batch_size"] == 16 and forms.read("online", short)
