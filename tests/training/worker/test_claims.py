"""Runs get GPUs of their own, or wait; what was held is free however a claim ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from studio import gpus
from studio.projects.scope import enter, here
from tests.nvidia import install_gpus
from training.models import Run, Worker
from training.runs.failures import RunStopped
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
    assert claim
    return claim


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


def test_one_that_wants_many_is_not_passed_by_those_that_want_few(wanting: Callable[[int], Run]) -> None:
    claim, many, few = claimed(wanting(1)), wanting(4), wanting(1)
    assert claims.claim(many.pk, "w1") is None
    assert claims.claim(few.pk, "w1") is None
    transitions.finish(claim, {})
    claimed(many)


def test_one_that_fits_only_elsewhere_waits_for_that_machine_and_stops_nobody_here(
    wanting: Callable[[int], Run],
) -> None:
    large = {"gpus": [{"uuid": f"GPU-b{n}"} for n in range(8)]}
    Worker.objects.create(name="w2", queue="gpu", details=large, last_seen_at=timezone.now())
    many = wanting(8)
    assert claims.claim(many.pk, "w1") is None
    claimed(wanting(1))


def test_one_that_fits_nowhere_is_claimed_to_fail_in_words(wanting: Callable[[int], Run]) -> None:
    run = wanting(5)
    claimed(run)
    assert held(run) == []


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
