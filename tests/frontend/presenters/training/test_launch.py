"""What a version and a checkpoint offer to launch: each kind of run that can read them, to those who may."""

import pytest

from annotation.models import Version
from frontend.presenters.training.launch import reading, starting_from
from studio.accounts.models import User
from studio.accounts.roles import Role
from training.models import Checkpoint


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        ("prompts", ["sample", "evaluate"]),
        ("demonstrations", ["create", "sft"]),
        ("preferences", ["create", "sft", "reward", "dpo"]),
        ("responses", ["score", "keep_best"]),
    ],
)
def test_a_version_is_offered_to_all_that_can_read_it(kind: str, offered: list[str]) -> None:
    engineer, lead = User(role=Role.ENGINEER), User(role=Role.LEAD)
    assert [name for name, _ in reading(Version(kind=kind), engineer)] == offered
    assert reading(Version(kind=kind), lead) == []


def test_a_reward_model_begins_its_successor_and_scores() -> None:
    offered = starting_from(Checkpoint(kind="reward"), User(role=Role.ENGINEER))
    assert offered == [("reward", "Train a reward model"), ("score", "Score")]
