"""The state machine, and what happens when two pull the same lever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.projects.scope import enter, here
from training.models import Run
from training.worker import transitions
from training.worker.transitions import Claim, ClaimStatus

T = TypeVar("T")
MakeRun = Callable[..., Run]


def held(run: Run, worker: str = "w1") -> Claim:
    claim = transitions.claim(run.pk, worker)
    assert claim
    return claim


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def test_claiming_starts_a_queued_run_under_a_lease(make_run: MakeRun) -> None:
    run = make_run()
    held(run)
    assert state(run) == "running"
    assert (run.worker, run.attempts) == ("w1", 1)
    assert run.started_at
    assert run.leased_until
    assert run.leased_until > timezone.now()


def test_a_second_delivery_is_a_no_op(make_run: MakeRun) -> None:
    run = make_run()
    held(run)
    assert transitions.claim(run.pk, "w2") is None
    run.refresh_from_db()
    assert run.worker == "w1"


@pytest.mark.parametrize("ended", ["succeeded", "failed", "lost", "cancelled"])
def test_an_ended_run_cannot_be_claimed(make_run: MakeRun, ended: str) -> None:
    assert transitions.claim(make_run(state=ended).pk, "w1") is None


def test_the_database_refuses_a_running_run_without_a_lease(make_run: MakeRun) -> None:
    with pytest.raises(IntegrityError, match="run_running_has_lease"):
        make_run(state="running")


def test_renewing_prolongs_the_lease(make_run: MakeRun) -> None:
    run = make_run()
    claim = held(run)
    expire(run)
    assert transitions.renew(claim) is ClaimStatus.HELD
    assert transitions.reap() == []


def test_renewing_tells_that_cancel_was_asked(make_run: MakeRun) -> None:
    run = make_run()
    claim = held(run)
    assert transitions.cancel(run.pk)
    assert transitions.renew(claim) is ClaimStatus.CANCEL


def test_a_cancel_is_asked_once(make_run: MakeRun) -> None:
    run = make_run()
    held(run)
    assert transitions.cancel(run.pk)
    assert not transitions.cancel(run.pk)


def test_a_queued_run_is_cancelled_at_once(make_run: MakeRun) -> None:
    run = make_run()
    assert transitions.cancel(run.pk)
    assert state(run) == "cancelled"
    assert run.ended_at


def test_a_run_whose_lease_ran_out_is_lost_and_says_who_lost_it(make_run: MakeRun) -> None:
    run = make_run()
    held(run, "gpu@far")
    expire(run)
    assert transitions.reap() == [run.pk]
    assert state(run) == "lost"
    assert "gpu@far stopped answering" in run.error


def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(make_run: MakeRun) -> None:
    run = make_run()
    held(run)
    transitions.cancel(run.pk)
    expire(run)
    transitions.reap()
    assert state(run) == "cancelled"


def test_a_worker_that_wakes_after_its_run_was_given_away_changes_nothing(make_run: MakeRun) -> None:
    run = make_run()
    late = held(run, "late")
    expire(run)
    transitions.reap()
    assert transitions.restart(run.pk)
    held(run, "next")
    assert transitions.renew(late) is ClaimStatus.GONE
    assert not transitions.finish(late, {})
    assert not transitions.fail(late, "broken")
    assert not transitions.confirm_cancelled(late)
    assert not transitions.release(late)
    assert state(run) == "running"
    assert run.worker == "next"


def test_a_run_is_restarted_a_bounded_number_of_times(make_run: MakeRun) -> None:
    run = make_run()
    for _ in range(transitions.ATTEMPTS):
        held(run)
        expire(run)
        transitions.reap()
        restarted = transitions.restart(run.pk)
    assert not restarted
    assert state(run) == "lost"


def test_a_person_may_resume_what_ran_out_of_attempts(make_run: MakeRun) -> None:
    run = make_run(state="lost", attempts=transitions.ATTEMPTS)
    assert transitions.resume(run.pk)
    assert state(run) == "queued"
    assert run.attempts == 0


@pytest.mark.parametrize("before", ["queued", "running", "succeeded"])
def test_only_what_stopped_short_can_be_resumed(make_run: MakeRun, before: str) -> None:
    run = make_run()
    if before != "queued":
        claim = held(run)
    if before == "succeeded":
        transitions.finish(claim, {})
    assert not transitions.resume(run.pk)
    assert state(run) == before


def test_a_resumed_run_forgets_that_it_was_to_be_cancelled(make_run: MakeRun) -> None:
    run = make_run()
    transitions.cancel(run.pk)
    assert transitions.resume(run.pk)
    assert transitions.renew(held(run)) is ClaimStatus.HELD


def test_a_released_run_waits_again_and_is_not_counted_as_an_attempt(make_run: MakeRun) -> None:
    run = make_run()
    assert transitions.release(held(run))
    assert state(run) == "queued"
    assert run.attempts == 0


def test_a_message_that_was_lost_is_sent_again_once(make_run: MakeRun) -> None:
    run = make_run(queued_at=timezone.now() - 2 * transitions.OVERDUE)
    make_run()
    assert transitions.resend() == [run.pk]
    assert transitions.resend() == []


ARROWS: dict[str, Callable[[Run, Claim], bool]] = {
    "claim": lambda run, claim: bool(transitions.claim(run.pk, "other")),
    "finish": lambda run, claim: transitions.finish(claim, {}),
    "fail": lambda run, claim: transitions.fail(claim, "broken"),
    "confirm_cancelled": lambda run, claim: transitions.confirm_cancelled(claim),
    "release": lambda run, claim: transitions.release(claim),
    "reap": lambda run, claim: run.pk in transitions.reap(timezone.now() + timedelta(days=1)),
    "resume": lambda run, claim: transitions.resume(run.pk),
}


def at_once(levers: list[Callable[[], T]]) -> list[T]:
    """Pull every lever at the same moment, each from a connection of its own."""
    barrier = Barrier(len(levers))

    def pull(lever: Callable[[], T]) -> T:
        barrier.wait()
        try:
            return lever()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(levers), initializer=enter, initargs=(here(),)) as pool:
        return list(pool.map(pull, levers))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_claims(make_run: MakeRun) -> None:
    for _ in range(10):
        run = make_run()
        claims = at_once([partial(transitions.claim, run.pk, f"w{n}") for n in range(8)])
        assert sum(claim is not None for claim in claims) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "pair", [("finish", "reap"), ("fail", "reap"), ("release", "reap"), ("finish", "confirm_cancelled")]
)
def test_of_two_ends_one_happens(make_run: MakeRun, pair: tuple[str, str]) -> None:
    for _ in range(10):
        run = make_run()
        claim = held(run)
        ends = at_once([partial(ARROWS[name], run, claim) for name in pair])
        assert sum(ends) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_message_is_sent_by_one_of_many(make_run: MakeRun) -> None:
    make_run(queued_at=timezone.now() - 2 * transitions.OVERDUE)
    assert sum(at_once([lambda: bool(transitions.resend()) for _ in range(4)])) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(st.sampled_from([*ARROWS, "cancel"]), max_size=12))
def test_whatever_happens_an_arrow_tells_the_truth_and_the_row_is_whole(make_run: MakeRun, story: list[str]) -> None:
    run = make_run()
    claim = held(run)
    for name in story:
        before = state(run)
        changed = transitions.cancel(run.pk) if name == "cancel" else ARROWS[name](run, claim)
        after = state(run)
        assert (before != after) == changed or name == "cancel"
        assert (after == "running") == (run.leased_until is not None) == (run.claim is not None)
        assert (run.ended_at is not None) == (after not in Run.OPEN)


def ago(run: Run, minutes: float) -> None:
    """As if the present start had been so long ago."""
    Run.objects.filter(pk=run.pk).update(working_since=timezone.now() - timedelta(minutes=minutes))


def minutes(run: Run) -> float:
    run.refresh_from_db()
    assert run.duration is not None
    return round(run.duration.total_seconds() / 60, 1)


def test_what_it_waited_between_two_starts_is_no_part_of_what_it_took(make_run: MakeRun) -> None:
    run = make_run()
    first = held(run)
    ago(run, 3)
    assert transitions.confirm_cancelled(first, "the budget is spent") and minutes(run) == 3
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=9))
    assert transitions.resume(run.pk) and minutes(run) == 3
    second = held(run)
    ago(run, 2)
    assert minutes(run) == 5
    assert transitions.finish(second, {}) and minutes(run) == 5


def test_a_lost_run_worked_until_it_was_last_heard_of(make_run: MakeRun) -> None:
    run = make_run()
    held(run)
    ago(run, 10)
    silent = timezone.now() - timedelta(minutes=4)
    Run.objects.filter(pk=run.pk).update(leased_until=silent + timedelta(seconds=django_settings.LEASE_SECONDS))
    assert transitions.lose(lease for lease in transitions.leases() if lease.run_id == run.pk) == [run.pk]
    assert minutes(run) == 6


@pytest.mark.parametrize("back", [transitions.release, partial(transitions.start_again, error="killed")])
def test_a_run_that_goes_back_to_its_queue_has_no_forecast_and_waits(
    make_run: MakeRun, back: Callable[[Claim], bool]
) -> None:
    run = make_run()
    claim = held(run)
    transitions.report(claim, eta_seconds=90.0)
    ago(run, 1)
    assert back(claim) and minutes(run) == 1
    assert (run.eta_seconds, run.working_since) == (None, None)
