"""Why a run waits for GPUs, in words."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Run, Worker
from training.runs import waiting

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


def test_it_says_whose_turn_comes_first(wanting: Callable[..., Run]) -> None:
    first, second = wanting(2, name="Early"), wanting(1)
    assert waiting.why(first) == ""
    assert waiting.why(second) == f"It waits for its turn: “Early” (run {first.pk}) has waited longer."


@pytest.mark.parametrize("n", [0, 3])
def test_what_needs_none_or_fits_nowhere_waits_for_a_worker_only(wanting: Callable[..., Run], n: int) -> None:
    assert waiting.why(wanting(n)) == ""


def test_runs_go_at_once_as_many_as_all_machines_take(settings: object) -> None:
    Worker.objects.create(name="w2", queue="gpu", details={"slots": 3}, last_seen_at=timezone.now())
    Worker.objects.create(name="w3", queue="cpu", details={"slots": 9}, last_seen_at=timezone.now())
    assert waiting.slots() == 5
    Worker.objects.all().delete()
    assert waiting.slots() == 1
