"""Machines and their queue by REST."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.frontend.machines import run, running
from training.models import Run, Worker

Api = Callable[[User], APIClient]
GPU = {"index": 0, "uuid": "GPU-a", "name": "NVIDIA H200", "memory_mib": 143771}


@pytest.fixture(autouse=True)
def one_machine(db: None) -> None:
    known = {"gpus": [GPU], "slots": 1, "usage": {"GPU-a": {"utilization": 91, "used_mib": 4096}}}
    Worker.objects.create(name="w1", queue="gpu", details=known, last_seen_at=timezone.now())


def test_a_gpu_says_how_busy_it_is_and_who_has_it_since_when(api: Api, lea: User) -> None:
    at_work = running(gpu_uuids=["GPU-a"], working_since=timezone.now())
    [worker] = api(lea).get("/api/v1/workers/").data["results"]
    [gpu] = worker["gpus"]
    assert (gpu["utilization"], gpu["used_mib"]) == (91, 4096)
    assert gpu["held_by"] == f"“A run of sft” (run {at_work.pk})"
    assert gpu["held_since"] is not None


def test_the_queue_is_in_its_order_and_names_nothing_of_another_project(api: Api, lea: User, eli: User) -> None:
    running(gpu_uuids=["GPU-a"], eta_seconds=120.0, worker="w1")
    wants: dict[str, Any] = {"spec": {"settings": {"gpus": 1, "gpu_size": 80}}}
    with inside(Project.objects.create(slug="other", name="Other").pk):
        run(name="Secret", requested_by=eli, **wants)
    mine = run(priority="high", requested_by=eli, **wants)
    answer = api(lea).get("/api/v1/queue/")
    first, second = answer.data
    assert (first["place"], first["run"]["id"], first["requested_by"]) == (1, mine.pk, "eli")
    assert (first["priority"], first["gpus"], first["gpu_gb"], first["begins_in"]) == ("high", 1, 80.0, 120.0)
    assert first["reason"].startswith("It waits for 1 GPU on one machine. Free: 0.")
    assert (second["run"], second["requested_by"], second["begins_in"]) == (None, None, None)
    assert b"Secret" not in answer.content


def test_annotators_and_strangers_do_not_see_it(api: Api, ann: User, outsider: APIClient) -> None:
    assert api(ann).get("/api/v1/queue/").status_code == 403
    assert outsider.get("/api/v1/queue/").status_code == 401


@pytest.mark.parametrize("many", [1, 10])
def test_its_queries_do_not_grow(api: Api, lea: User, many: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(many):
        run(requested_by=lea)
    client = api(lea)
    with django_assert_max_num_queries(10):
        assert len(client.get("/api/v1/queue/").data) == many


def test_a_priority_is_given_at_the_launch_and_changed_while_it_waits(api: Api, eli: User, ada: User) -> None:
    waits, ended = run(), run(state="failed")
    path = f"/api/v1/runs/{waits.pk}/"
    assert api(eli).patch(path, {"priority": "low"}).data["priority"] == "low"
    refused = api(eli).patch(path, {"priority": "high", "name": "Mine"})
    assert refused.status_code == 400 and refused.data["errors"][0]["field"] == "priority"
    assert Run.objects.get(pk=waits.pk).name == "A run of sft"
    assert api(ada).patch(path, {"priority": "high"}).status_code == 200
    assert api(eli).patch(f"/api/v1/runs/{ended.pk}/", {"priority": "low"}).status_code == 409
    launch = {"kind": "create", "priority": "high"}
    fields = {row["field"] for row in api(eli).post("/api/v1/runs/", launch, format="json").data["errors"]}
    assert "priority" in fields
