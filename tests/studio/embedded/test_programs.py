"""The processes of a studio and how they are called."""

import os

import pytest

from studio.embedded import programs as module
from studio.embedded.folder import Folder
from studio.embedded.programs import programs

WANTED = ["web", "worker-cpu", "worker-judge", "worker-gpu", "beat"]


def test_each_queue_has_a_worker_of_its_own(folder: Folder) -> None:
    children = {child.name: child.command for child in programs(folder, "127.0.0.1", 8000, os.environ)}
    assert list(children)[:5] == WANTED
    for queue in ("cpu", "judge", "gpu"):
        command = children[f"worker-{queue}"]
        assert command[command.index("-Q") + 1] == queue


def test_the_queues_are_those_of_the_application() -> None:
    from studio.celery import QUEUES

    assert tuple(module.threads()) == QUEUES


def test_without_the_training_extra_there_is_no_model_server(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert [child.name for child in programs(folder, "127.0.0.1", 8000, os.environ)] == WANTED


def test_only_the_worker_of_long_runs_leaves_waiting_runs_in_the_queue() -> None:
    assert "--disable-prefetch" in module.worker("gpu", "1")
    assert "--disable-prefetch" not in module.worker("cpu", "2")


def test_pages_come_before_the_work_of_workers(folder: Folder) -> None:
    niceness = {child.name: child.niceness for child in programs(folder, "127.0.0.1", 8000, os.environ)}
    assert niceness.pop("web") == 0
    assert set(niceness.values()) == {module.GIVE_WAY}
