"""A claim is kept while the work is done, and what is asked meanwhile is heard."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from training.models import Run
from training.worker import transitions
from training.worker.renewal import Renewal, shutting_down
from training.worker.transitions import ClaimStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(make_run: Callable[..., Run], settings: Any) -> Run:
    settings.LEASE_SECONDS = 2.0
    return make_run()


@pytest.fixture
def renewal(run: Run) -> Renewal:
    claim = transitions.claim(run.pk, "w1")
    assert claim
    return Renewal(claim)


@pytest.fixture
def shutdown() -> Iterator[None]:
    shutting_down.set()
    yield
    shutting_down.clear()


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_lease_is_renewed_as_long_as_it_is_held(renewal: Renewal) -> None:
    with renewal:
        time.sleep(3)
        assert transitions.reap() == []
        assert not renewal.must_stop
    assert transitions.reap(timezone.now() + timedelta(seconds=2.5)) == [renewal.held.run_id]


def test_a_wish_to_cancel_is_heard(renewal: Renewal, run: Run) -> None:
    with renewal:
        transitions.cancel(run.pk)
        wait_for(lambda: renewal.standing is ClaimStatus.CANCEL)


def test_a_run_that_was_given_away_is_noticed(renewal: Renewal) -> None:
    with renewal:
        wait_for(lambda: bool(transitions.reap(timezone.now() + timedelta(days=1))))
        wait_for(lambda: renewal.standing is ClaimStatus.GONE)


@pytest.mark.usefixtures("shutdown")
def test_a_worker_that_shuts_down_lets_go(renewal: Renewal) -> None:
    assert renewal.standing is ClaimStatus.RELEASE


def test_a_database_that_is_away_for_a_while_ends_nothing(renewal: Renewal, monkeypatch: pytest.MonkeyPatch) -> None:
    renew, calls = transitions.renew, iter([True, True, False])

    def absent_at_first(held: transitions.Claim) -> ClaimStatus:
        if next(calls, False):
            raise OperationalError("the server closed the connection unexpectedly")
        return renew(held)

    monkeypatch.setattr(transitions, "renew", absent_at_first)
    with renewal:
        time.sleep(3)
        assert renewal.standing is ClaimStatus.HELD
        assert transitions.reap() == []


def test_an_error_of_our_own_fails_the_run_and_goes_on_up(renewal: Renewal, run: Run) -> None:
    with pytest.raises(ZeroDivisionError), renewal:
        _ = 1 / 0
    run.refresh_from_db()
    assert run.state == "failed"
    assert "ZeroDivisionError" in run.error
