"""Runs get GPUs of their own, or wait; what was held is free however a claim ends."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from studio import gpus
from studio.projects.scope import enter, here
from tests.nvidia import answer, install_gpus
from training.models import Run, Worker
from training.runs import machines
from training.runs.failures import RunStopped
from training.runs.machines import PASSED_FOR
from training.worker import claims, transitions
from training.worker.transitions import Claim, ClaimStatus

__all__ = ["install_gpus"]
pytestmark = pytest.mark.django_db(transaction=True)

MakeRun = Callable[..., Run]
ENDS: dict[str, Callable[[Claim], object]] = {
    "finish": lambda claim: transitions.finish(claim, {}),
    "fail": lambda claim: transitions.fail(claim, "for a reason"),
    "cancel": transitions.confirm_cancelled,
    "release": transitions.release,
    "killed": lambda claim: transitions.start_again(claim, "killed"),
    "lost": lambda _: transitions.lose(transitions.leases()),
}


@pytest.fixture(autouse=True)
def four_gpus(install_gpus: Callable[[int], None], settings: Any, tmp_path: Path) -> None:
    settings.GPU_LOCKS_DIR = tmp_path / "gpus"
    install_gpus(4)


@pytest.fixture
def wanting(make_run: MakeRun) -> Callable[[int], Run]:
    """A queued run that asks for so many GPUs."""
    return lambda n: make_run(spec={"settings": {"gpus": n}})


def claimed(run: Run) -> Claim:
    claim = claims.claim(run.pk, "w1")
    assert claim and claim.run_id == run.pk
    return claim


def has_waited(run: Run, how_long: timedelta) -> None:
    Run.objects.filter(pk=run.pk).update(waiting_since=timezone.now() - how_long)


def held(run: Run) -> list[str]:
    run.refresh_from_db()
    return list(run.gpu_uuids)


def test_runs_side_by_side_have_gpus_of_their_own(wanting: Callable[[int], Run]) -> None:
    one, two = wanting(1), wanting(3)
    for run in (one, two):
        claimed(run)
    assert (held(one), held(two)) == (["GPU-0a"], ["GPU-1a", "GPU-2a", "GPU-3a"])


def test_a_run_on_the_processor_takes_none(wanting: Callable[[int], Run]) -> None:
    claimed(wanting(4))
    run = wanting(0)
    claimed(run)
    assert held(run) == []


@pytest.mark.parametrize("end", ENDS)
def test_where_too_few_are_free_it_waits_until_a_claim_ends(wanting: Callable[[int], Run], end: str) -> None:
    claim, run = claimed(wanting(3)), wanting(2)
    assert claims.claim(run.pk, "w1") is None
    run.refresh_from_db()
    assert run.state == "queued"
    Run.objects.filter(state="running").update(leased_until=timezone.now())
    ENDS[end](claim)
    Run.objects.filter(state="queued").exclude(pk=run.pk).delete()
    claimed(run)


def test_two_at_once_never_hold_the_same(wanting: Callable[[int], Run]) -> None:
    runs = [wanting(3) for _ in range(4)]
    together = Barrier(4)

    def take(run: Run) -> Claim | None:
        try:
            together.wait()
            return claims.claim(run.pk, "w1")
        finally:
            connection.close()

    with ThreadPoolExecutor(4, initializer=enter, initargs=(here(),)) as workers:
        found = [claim for claim in workers.map(take, runs) if claim]
    assert [claim.run_id for claim in found] == [runs[0].pk]


def test_a_message_of_any_run_starts_the_one_whose_turn_it_is(make_run: MakeRun) -> None:
    later, sooner = make_run(), make_run(priority="high")
    claim = claims.claim(later.pk, "w1")
    assert claim and claim.run_id == sooner.pk


def test_judges_too_begin_as_their_turn_comes(make_run: MakeRun) -> None:
    later, sooner = make_run(kind="judge", queue="judge"), make_run(kind="judge", queue="judge", priority="high")
    found = [claims.claim(later.pk, "w1"), claims.claim(later.pk, "w1"), claims.claim(later.pk, "w1")]
    assert [claim and claim.run_id for claim in found] == [sooner.pk, later.pk, None]


def test_small_runs_pass_a_large_one_for_an_hour_and_no_longer(wanting: Callable[[int], Run]) -> None:
    """However many come, and whatever ends meanwhile: the GPUs of its machine are kept for it."""
    at_work, large = claimed(wanting(1)), wanting(4)
    passing = claims.claim(wanting(1).pk, "w1")
    assert passing and passing.run_id != large.pk
    has_waited(large, PASSED_FOR)
    small = [wanting(1) for _ in range(6)]
    for ended in (None, passing, at_work):
        if ended:
            transitions.finish(ended, {})
        found = claims.claim(small[0].pk, "w1")
    assert found and found.run_id == large.pk


def test_without_a_bound_small_runs_would_hold_a_large_one_up(
    wanting: Callable[[int], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above would not show if it could not fail."""
    monkeypatch.setattr(machines, "PASSED_FOR", timedelta(days=1000))
    at_work, large = claimed(wanting(3)), wanting(4)
    has_waited(large, PASSED_FOR)
    small = wanting(1)
    claimed(small)
    transitions.finish(at_work, {})
    assert claims.claim(large.pk, "w1") is None


def test_what_takes_no_gpu_is_not_held_up_by_those_that_are_kept(wanting: Callable[[int], Run]) -> None:
    claimed(wanting(1))
    has_waited(wanting(4), PASSED_FOR)
    assert claims.claim(wanting(1).pk, "w1") is None
    claimed(wanting(0))


@pytest.mark.parametrize(("free_there", "is_kept_here"), [(0, True), (3, False)])
def test_of_two_machines_the_one_with_more_free_is_kept_for_a_large_run(
    wanting: Callable[[int], Run], make_run: MakeRun, free_there: int, is_kept_here: bool
) -> None:
    """The other one goes on with small ones."""
    there = {"gpus": [{"uuid": f"GPU-b{n}"} for n in range(4)]}
    Worker.objects.create(name="w2", queue="gpu", details=there, last_seen_at=timezone.now())
    claimed(wanting(2))
    lease = {"claim": uuid.uuid4(), "leased_until": timezone.now(), "state": "running"}
    make_run(gpu_uuids=[f"GPU-b{n}" for n in range(free_there, 4)], **lease)
    has_waited(wanting(4), PASSED_FOR)
    assert (claims.claim(wanting(1).pk, "w1") is None) is is_kept_here


def test_one_that_fits_only_elsewhere_waits_for_that_machine_and_stops_nobody_here(
    wanting: Callable[[int], Run],
) -> None:
    large = {"gpus": [{"uuid": f"GPU-b{n}"} for n in range(8)]}
    Worker.objects.create(name="w2", queue="gpu", details=large, last_seen_at=timezone.now())
    many = wanting(8)
    has_waited(many, PASSED_FOR)
    assert claims.claim(many.pk, "w1") is None
    claimed(wanting(1))


def test_one_that_fits_nowhere_goes_on_waiting_and_stops_nobody(wanting: Callable[[int], Run]) -> None:
    run = wanting(5)
    has_waited(run, PASSED_FOR)
    assert claims.claim(run.pk, "w1") is None
    claimed(wanting(4))


def test_a_run_gets_only_gpus_with_the_memory_that_it_needs(
    make_run: MakeRun, tmp_path: Path, install_gpus: Callable[[int], None]
) -> None:
    rows = ["0, GPU-large, NVIDIA H200, 143771", "1, GPU-small, NVIDIA L4, 23034", "2, GPU-mid, NVIDIA H100, 81559"]
    answer(tmp_path / "driver", rows)
    for size, found in {24: "GPU-small", 80: "GPU-mid", 100: "GPU-large"}.items():
        run = make_run(spec={"settings": {"gpus": 1, "gpu_size": size}})
        claimed(run)
        assert held(run) == [found]


def test_a_slice_is_for_a_run_of_one_gpu(make_run: MakeRun, tmp_path: Path) -> None:
    listed = ["GPU 0: NVIDIA A100 (UUID: GPU-a)"]
    listed += [f"  MIG 3g.20gb     Device  {n}: (UUID: MIG-{n})" for n in range(2)]
    answer(tmp_path / "driver", ["0, GPU-a, NVIDIA A100, 40960, Enabled"], listed=listed)
    two = make_run(spec={"settings": {"gpus": 2}})
    assert claims.claim(two.pk, "w1") is None
    run = make_run(spec={"settings": {"gpus": 1}})
    claimed(run)
    assert held(run) == ["MIG-0"]


def test_a_gpu_on_which_a_program_still_stops_is_not_given_away(wanting: Callable[[int], Run]) -> None:
    lock = gpus.take(django_settings.GPU_LOCKS_DIR, "GPU-1a")
    run = wanting(3)
    claimed(run)
    assert lock and held(run) == ["GPU-0a", "GPU-2a", "GPU-3a"]
    assert claims.claim(wanting(1).pk, "w1") is None


def test_whoever_waits_for_a_gpu_of_its_own_hears_that_it_is_to_stop(make_run: MakeRun) -> None:
    class Asked:
        standing = ClaimStatus.CANCEL
        must_stop = True

    lock = gpus.take(django_settings.GPU_LOCKS_DIR, "GPU-0a")
    with pytest.raises(RunStopped), claims.locked_gpus(make_run(gpu_uuids=["GPU-0a"]), Asked()):
        pass
    assert lock
