"""The page of machines: what each has and does, and what waits for them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.frontend.counting import queries
from tests.frontend.machines import run, running
from training.models import Run, Worker

SignIn = Callable[[User], Client]


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def machine(name: str = "gpu@gpu-1", many: int = 2, **fields: Any) -> Worker:
    card = {"name": "NVIDIA H200", "memory_mib": 143771}
    gpus = [card | {"index": n, "uuid": f"GPU-{name}-{n}"} for n in range(many)]
    usage = {one["uuid"]: {"utilization": 91, "used_mib": 4096} for one in gpus[:1]}
    details = {"gpus": gpus, "usage": usage, "host": name.rpartition("@")[2], "slots": many or 1, "cores": 64}
    details |= {"versions": {"torch": "2.13.0", "vllm": "0.31.0"}, "python": "3.11.2"}
    return Worker.objects.create(
        **({"name": name, "queue": "gpu", "details": details, "last_seen_at": timezone.now()} | fields)
    )


def page(client: Client, **headers: str) -> str:
    return " ".join(client.get("/machines/", headers=headers).content.decode().split())


def test_each_machine_shows_its_gpus_with_what_they_do(lead: Client, eli: User) -> None:
    machine()
    began = timezone.now() - timedelta(hours=2)
    at_work = running(name="Long DPO", gpu_uuids=["GPU-gpu@gpu-1-0"], working_since=began, requested_by=eli)
    html = page(lead)
    assert "1 machine · 2 GPUs, 1 free · 0 runs wait" in html
    assert "NVIDIA H200" in html and "4 of 140 GiB" in html and "91 %" in html
    assert f'href="/projects/tests/runs/{at_work.pk}/">Long DPO</a>' in html
    assert "Python 3.11.2 · torch 2.13.0 · vllm 0.31.0" in html
    assert ">eli<" in html and "2 h ago" in html


def test_what_another_project_runs_and_waits_for_is_there_without_its_names(lead: Client, eli: User) -> None:
    machine()
    with inside(Project.objects.create(slug="other", name="Other").pk):
        running(name="Secret at work", gpu_uuids=["GPU-gpu@gpu-1-1"], requested_by=eli)
        run(name="Secret that waits", requested_by=eli)
    html = page(lead)
    assert html.count("A run of another project") == 2
    assert "Secret" not in html and ">eli<" not in html


def test_what_waits_says_its_place_its_needs_and_why(lead: Client, eli: User) -> None:
    machine()
    running(gpu_uuids=["GPU-gpu@gpu-1-0"], eta_seconds=300.0, worker="gpu@gpu-1")
    run(name="Large", spec={"settings": {"gpus": 8, "gpu_size": 80}}, requested_by=eli, priority="low")
    run(name="Next", spec={"settings": {"gpus": 2}}, requested_by=eli)
    html = page(lead)
    assert html.index(">Next</a>") < html.index(">Large</a>")
    assert "No machine has 8 GPUs of at least 80 GB. The largest, gpu-1, has 2 × NVIDIA H200 (140 GiB)." in html
    assert "It waits for 2 GPUs on one machine. Free: 1." in html
    assert "in 5 min 00 s" in html and "8 GPUs, 80 GB" in html
    assert "1 run waits" not in html and "2 runs wait" in html


def test_the_order_is_explained(lead: Client) -> None:
    assert "used fewer GPU hours" in page(lead) and "Only an admin may set high" in page(lead)


def test_it_says_when_no_machine_is_on_and_which_was_not_seen(lead: Client) -> None:
    assert "No machine is on" in page(lead)
    machine(last_seen_at=timezone.now() - timedelta(hours=1))
    assert "not seen since" in page(lead) and "0 machines" in page(lead)
    Worker.objects.update(last_seen_at=timezone.now() - timedelta(days=2))
    assert "No machine is on" in page(lead)


def test_a_machine_without_a_gpu_shows_what_runs_on_its_processor(lead: Client) -> None:
    machine("gpu@small", 0)
    assert "Programs run on its processor; none does" in page(lead)
    running(name="Toy SFT", worker="gpu@small")
    assert "Toy SFT" in page(lead) and "none does" not in page(lead)


def test_htmx_gets_only_what_moves(lead: Client) -> None:
    machine()
    part = page(lead, **{"HX-Request": "true"})
    assert part.startswith('<div id="live"') and "<html" not in part


@pytest.mark.parametrize("many", [1, 10])
def test_its_queries_do_not_grow(lead: Client, eli: User, many: int) -> None:
    for number in range(many):
        machine(f"gpu@m{number}")
        running(gpu_uuids=[f"GPU-gpu@m{number}-0"], requested_by=eli)
        run(requested_by=eli)
    assert queries(lead, "/machines/") <= 12


def test_the_priority_of_a_run_that_waits_is_changed_on_its_page(signed_in: SignIn, eli: User, ada: User) -> None:
    waits, engineer = run(), signed_in(eli)
    html = engineer.get(f"/runs/{waits.pk}/").content.decode()
    assert 'id="priority"' in html and 'value="high"' not in html
    engineer.post(f"/runs/{waits.pk}/priority/", {"priority": "low"})
    assert Run.objects.get(pk=waits.pk).priority == "low"
    refused = engineer.post(f"/runs/{waits.pk}/priority/", {"priority": "high"}, follow=True).content.decode()
    assert "Only an admin may set high" in refused
    signed_in(ada).post(f"/runs/{waits.pk}/priority/", {"priority": "high"})
    assert Run.objects.get(pk=waits.pk).priority == "high"
    Run.objects.filter(pk=waits.pk).update(state="failed")
    assert 'id="priority"' not in engineer.get(f"/runs/{waits.pk}/").content.decode()
