"""Workers say what they have, and forms begin with what some living worker can do."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.nvidia import answer, install_gpus
from training.models import Worker
from training.models.workers import SILENT_AFTER
from training.runs.kinds import KINDS
from training.worker import presence
from training.worker.gpu_usage import GpuUsage
from training.worker.presence import announce, suggested

__all__ = ["install_gpus"]
WITH_GPU = {"gpus": [{"index": 0, "uuid": "GPU-a", "name": "NVIDIA H200", "memory_mib": 143771}]}


@pytest.mark.django_db
def test_a_worker_has_one_row_however_often_it_says_so() -> None:
    for queue in ("cpu", "cpu,gpu"):
        announce("w1@here", queue)
    worker = Worker.objects.get()
    assert (worker.queue, worker.details["cores"] > 0) == ("cpu,gpu", True)


@pytest.mark.django_db
def test_only_a_worker_of_programs_offers_the_gpus_of_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "machine", lambda: WITH_GPU)
    announce("w1@here", "cpu,gpu")
    announce("w2@here", "judge")
    offered = {worker.name: len(worker.gpus) for worker in Worker.objects.all()}
    assert offered == {"w1@here": 1, "w2@here": 0}


@pytest.mark.django_db
def test_a_lost_connection_is_not_the_end_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*args: Any, **options: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(presence, "connection", type("Closed", (), {"close": staticmethod(lambda: None)}))
    monkeypatch.setattr(Worker.objects, "update_or_create", lost)
    announce("w1@here", "cpu")
    assert not Worker.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "details", "begins_on"), [(0, {}, "cpu"), (0, WITH_GPU, "gpu"), (2, WITH_GPU, "cpu")])
def test_a_form_begins_with_what_a_living_worker_can_do(age: int, details: dict[str, Any], begins_on: str) -> None:
    seen = timezone.now() - age * SILENT_AFTER - timedelta(seconds=1)
    Worker.objects.create(name="w1", queue="gpu", details=details, last_seen_at=seen)
    assert suggested(KINDS["sft"]).get("gpus") == (0 if begins_on == "cpu" else None)


@pytest.mark.django_db
def test_only_settings_that_a_kind_has_are_suggested() -> None:
    assert set(suggested(KINDS["sft"])) == {"gpus", "precision", "gradient_checkpointing"}
    assert suggested(KINDS["recipe"]) == {}


def test_how_busy_its_gpus_are_is_said_with_each_announcement(
    db: None, install_gpus: Callable[[int], None], tmp_path: Path
) -> None:
    install_gpus(1)
    answer(tmp_path / "driver", ["0, GPU-0a, NVIDIA H200, 143771"], usage=["GPU-0a, 97, 70312"])
    usage = GpuUsage()
    announce("w1@here", "gpu", usage)
    assert Worker.objects.get().details["usage"] == {}
    usage.look()
    announce("w1@here", "gpu", usage)
    assert Worker.objects.get().details["usage"] == {"GPU-0a": {"utilization": 97, "used_mib": 70312}}


def test_a_driver_that_hangs_leaves_nothing_to_say(install_gpus: Callable[[int], None]) -> None:
    install_gpus(1)
    usage = GpuUsage()
    usage.seen = {"GPU-0a": {"utilization": 97, "used_mib": 1}}

    def hang() -> None:
        raise subprocess.TimeoutExpired("nvidia-smi", 60)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio.gpus.usage", hang)
        usage.look()
    assert usage.seen == {}
