"""Why a run waits for GPUs, in words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Run, Worker
from training.runs import machines, waiting
from training.runs.kinds import KINDS
from training.runs.machines import PASSED_FOR

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def two_gpus(db: None) -> None:
    known = {"gpus": [{"uuid": "GPU-a"}, {"uuid": "GPU-b"}], "slots": 2}
    Worker.objects.create(name="w1", queue="gpu", details=known, last_seen_at=timezone.now())


@pytest.fixture
def wanting(make_run: MakeRun) -> Callable[..., Run]:
    return lambda n, **fields: make_run(spec={"settings": {"gpus": n}}, **fields)


def running(make_run: MakeRun, *uuids: str, name: str = "Long DPO") -> Run:
    now = timezone.now()
    claim = "00000000-0000-0000-0000-000000000001"
    return make_run(name=name, state="running", gpu_uuids=list(uuids), claim=claim, leased_until=now)


def test_it_says_how_many_are_free_and_who_works(make_run: MakeRun, wanting: Callable[..., Run]) -> None:
    busy = running(make_run, "GPU-a")
    says = f"It waits for 2 GPUs on one machine. Free: 1. At work: “Long DPO” (run {busy.pk})."
    assert waiting.why(wanting(2)) == says


def test_of_another_project_it_says_no_name(make_run: MakeRun, wanting: Callable[..., Run]) -> None:
    with inside(Project.objects.create(slug="other", name="Other").pk):
        running(make_run, "GPU-a", name="Secret")
    says = waiting.why(wanting(2))
    assert "a run of another project" in says and "Secret" not in says


def test_of_many_at_work_some_are_named(make_run: MakeRun, wanting: Callable[..., Run]) -> None:
    for number in range(5):
        running(make_run, "GPU-a", f"GPU-{number}", name=f"r{number}")
    assert waiting.why(wanting(2)).endswith("and 2 others.")


def test_it_says_how_many_come_before_it(wanting: Callable[..., Run]) -> None:
    first, second, third = wanting(2), wanting(1), wanting(0)
    assert waiting.why(first) == ""
    assert waiting.why(second) == "1 run comes before it in the queue."
    assert waiting.why(third) == "2 runs come before it in the queue."


def test_it_says_for_whom_free_gpus_are_kept(make_run: MakeRun, wanting: Callable[..., Run]) -> None:
    running(make_run, "GPU-a")
    large = wanting(2, name="Large", waiting_since=timezone.now() - PASSED_FOR)
    says = f"The GPUs that are free are kept for “Large” (run {large.pk}), which has waited for more than an hour."
    assert waiting.why(wanting(1)) == says


def test_what_fits_nowhere_says_so_with_the_largest_machine(make_run: MakeRun, wanting: Callable[..., Run]) -> None:
    known = {"gpus": [{"uuid": "GPU-c", "name": "NVIDIA H100", "memory_mib": 81559}] * 4, "host": "gpu-2"}
    Worker.objects.create(name="w2", queue="gpu", details=known, last_seen_at=timezone.now())
    run = make_run(spec={"settings": {"gpus": 8, "gpu_size": 80}})
    says = "No machine has 8 GPUs of at least 80 GB. The largest, gpu-2, has 4 × NVIDIA H100 (80 GiB)."
    assert waiting.why(run).startswith(says)
    assert waiting.why(wanting(3)) == ""
    Worker.objects.filter(name="w2").delete()
    assert waiting.why(wanting(3)).startswith("No machine has 3 GPUs. The largest, w1, has 2 × GPU.")


def test_a_run_that_needs_none_waits_for_a_worker_only(wanting: Callable[..., Run]) -> None:
    assert waiting.why(wanting(0)) == ""


def test_runs_go_at_once_as_many_as_all_machines_take(settings: object) -> None:
    Worker.objects.create(name="w2", queue="gpu", details={"slots": 3}, last_seen_at=timezone.now())
    Worker.objects.create(name="w3", queue="cpu", details={"slots": 9}, last_seen_at=timezone.now())
    assert waiting.slots() == 5
    Worker.objects.all().delete()
    assert waiting.slots() == 1


BAD_PAIR = {"packages": ["trl", "vllm"], "says": "trl 1.16.0 needs vllm <0.32, and 0.40.0 is installed"}


@pytest.mark.parametrize(
    ("kind", "chosen", "says"),
    [
        ("sample", {"engine": "vllm"}, ""),
        ("grpo", {"engine": "vllm"}, "On w1 trl 1.16.0 needs vllm <0.32, and 0.40.0 is installed:"),
        ("sft", {}, ""),
        ("sft", {"sharding": "zero3"}, "On w1 deepspeed is not installed:"),
    ],
)
def test_a_run_goes_only_where_the_packages_that_it_loads_go_together(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, kind: str, chosen: dict[str, Any], says: str
) -> None:
    monkeypatch.setitem(KINDS, "grpo", replace(KINDS["sft"], label="Online"))
    versions = {"torch": "2.13.0", "transformers": "5.17.0", "trl": "1.16.0", "vllm": "0.40.0"}
    details = {"gpus": [{"uuid": "GPU-a"}], "versions": versions, "conflicts": [BAD_PAIR]}
    Worker.objects.update(details=details)
    run = make_run(kind=kind, spec={"settings": {"gpus": 1} | chosen})
    assert says in waiting.why(run) and bool(says) == bool(waiting.why(run))
    [machine] = machines.alive()
    assert machines.fits(run, machine) == (not says)
