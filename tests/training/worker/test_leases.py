"""That a run's holder died is known the moment its connection ends, and not when its lease does."""

from collections.abc import Callable

import pytest
from django.db import connection

from tests.training.worker.test_renewal import wait_for
from training.models import Run
from training.worker import leases, transitions
from training.worker.leases import LeaseWatch
from training.worker.renewal import Renewal
from training.worker.transitions import Claim

pytestmark = pytest.mark.django_db(transaction=True)

# The cluster has a database for each process that tests, and one view of their locks.
OURS = leases.HELD.replace("SELECT objid", "SELECT pid")


@pytest.fixture
def held(make_run: Callable[..., Run]) -> Claim:
    claim = transitions.claim(make_run().pk, "w1")
    assert claim
    return claim


def orphans() -> list[int]:
    return [lease.run_id for lease in leases.orphaned()]


def test_a_run_that_is_held_is_no_orphan_and_one_that_nobody_holds_is(held: Claim) -> None:
    assert orphans() == [held.run_id]
    with Renewal(held):
        wait_for(lambda: not orphans())
    wait_for(lambda: orphans() == [held.run_id])


def test_a_connection_that_broke_gets_its_lock_again(held: Claim) -> None:
    with Renewal(held):
        wait_for(lambda: not orphans())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({OURS}) AS held", [leases.LOCKS_OF_RUNS])
            assert cursor.fetchall() == [(True,)]
        wait_for(lambda: orphans() == [held.run_id])
        wait_for(lambda: not orphans())


def test_an_orphan_is_told_of_when_it_was_one_for_a_while(held: Claim) -> None:
    watch = LeaseWatch()
    assert watch.look() == []
    watch.since = {lease: since - leases.SURE_AFTER_SECONDS for lease, since in watch.since.items()}
    assert transitions.lose(watch.look()) == [held.run_id]


def test_one_that_was_renewed_meanwhile_begins_anew(held: Claim) -> None:
    watch = LeaseWatch()
    watch.look()
    watch.since = {lease: since - leases.SURE_AFTER_SECONDS for lease, since in watch.since.items()}
    transitions.renew(held)
    assert watch.look() == []


def test_a_lease_that_was_renewed_after_the_look_is_not_lost(held: Claim) -> None:
    found = leases.orphaned()
    transitions.renew(held)
    assert transitions.lose(found) == []


def test_the_lock_does_not_stay_with_a_connection_that_goes_on_to_others(held: Claim) -> None:
    with Renewal(held):
        wait_for(lambda: not orphans())
    with connection.cursor() as cursor:
        cursor.execute(OURS, [leases.LOCKS_OF_RUNS])
        assert cursor.fetchall() == []
