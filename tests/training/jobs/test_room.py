"""Before a checkpoint is written the disk is looked at."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from training.jobs import room
from training.jobs.room import must_have_room
from training.jobs.running import JobFailed
from training.jobs.watching import Watched

MANY = [torch.nn.Parameter(torch.zeros(1000))]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Pretends at its edge how much is free."""
    found = SimpleNamespace(free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda path: found)
    return found


def test_the_first_needs_its_weights_and_the_state_of_their_optimiser(disk: SimpleNamespace, tmp_path: Path) -> None:
    disk.free = 16_000
    must_have_room(tmp_path / "checkpoints", MANY)
    disk.free = 15_999
    with pytest.raises(JobFailed, match=r"has 1.6e-05 GB left, and the next checkpoint needs"):
        must_have_room(tmp_path / "checkpoints", MANY)


def test_what_is_not_trained_is_not_in_it(disk: SimpleNamespace, tmp_path: Path) -> None:
    must_have_room(tmp_path, [torch.nn.Parameter(torch.zeros(1000), requires_grad=False)])


def test_what_zero_3_shared_out_counts_whole(disk: SimpleNamespace, tmp_path: Path) -> None:
    part = torch.nn.Parameter(torch.zeros(0))
    vars(part)["ds_shape"] = torch.Size([10, 100])
    assert room.estimated([part]) == 16_000


def test_the_next_needs_as_much_as_the_newest_took(disk: SimpleNamespace, tmp_path: Path) -> None:
    saved = tmp_path / "checkpoint-10"
    saved.mkdir()
    (saved / "model.safetensors").write_bytes(bytes(500))
    disk.free = 500
    must_have_room(tmp_path, MANY)
    disk.free = 499
    with pytest.raises(JobFailed, match="Free some room"):
        must_have_room(tmp_path, MANY)


def test_a_trainer_looks_before_it_saves(disk: SimpleNamespace, tmp_path: Path) -> None:
    saved: list[str] = []

    class Trainer:
        args = SimpleNamespace(output_dir=str(tmp_path))
        model = SimpleNamespace(parameters=lambda: MANY)

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            saved.append("checkpoint")

    class Ours(Watched, Trainer):
        def __init__(self) -> None: ...

    disk.free = 10**9
    Ours()._save_checkpoint(None, None)
    disk.free = 0
    with pytest.raises(JobFailed):
        Ours()._save_checkpoint(None, None)
    assert saved == ["checkpoint"]
