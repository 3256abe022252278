"""Workers take up what others died with: their runs, and messages that went with them."""

import time
from collections.abc import Callable
from datetime import timedelta

import kombu.exceptions
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from studio.monitoring import heartbeat
from training.models import Run
from training.runs import launching
from training.worker import leases, recovery, transitions

pytestmark = pytest.mark.django_db(transaction=True)
MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs for which a message was sent."""
    found: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: found.append(run.pk))
    monkeypatch.setattr(recovery, "watch", leases.LeaseWatch())
    return found


@pytest.fixture
def died(make_run: MakeRun) -> Run:
    """A run whose worker is no more."""
    run = make_run()
    assert transitions.claim(run.pk, "gpu@here")
    return run


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def test_a_worker_that_starts_takes_up_what_its_predecessor_died_with(died: Run, sent: list[int]) -> None:
    recovery.take_over("gpu@here")
    assert state(died) == "queued" and sent == [died.pk]


def test_a_worker_that_starts_leaves_what_another_held(died: Run, sent: list[int]) -> None:
    recovery.take_over("gpu@there")
    assert state(died) == "running" and sent == []


def test_any_worker_takes_up_what_one_that_stays_away_died_with(
    died: Run, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.look()
    assert state(died) == "running"
    monkeypatch.setattr(leases, "SURE_AFTER_SECONDS", 0.0)
    recovery.look()
    assert state(died) == "queued" and sent == [died.pk]


def test_a_message_that_died_with_its_worker_is_sent_again_after_seconds(make_run: MakeRun, sent: list[int]) -> None:
    run = make_run(queued_at=timezone.now() - timedelta(seconds=4))
    make_run()
    recovery.look()
    assert sent == [run.pk]


def test_a_message_that_waits_in_its_queue_is_not_sent_again(make_run: MakeRun, sent: list[int]) -> None:
    make_run(queued_at=timezone.now() - timedelta(seconds=4))
    heartbeat.connection().rpush("gpu", "a message")
    recovery.look()
    heartbeat.connection().delete("gpu")
    assert sent == []


@pytest.mark.parametrize("error", [OperationalError, kombu.exceptions.OperationalError])
def test_a_server_that_is_away_is_asked_the_next_time(error: type[Exception]) -> None:
    def act() -> None:
        raise error

    recovery.unless_away(act)


def test_a_look_that_takes_too_long_is_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")

    monkeypatch.setattr(recovery, "LOOK_SECONDS", 1)
    monkeypatch.setattr(recovery, "tell_waiting", slow)
    began = time.monotonic()
    recovery.unless_away(recovery.look)
    assert time.monotonic() - began < 20


def test_the_run_that_waits_longest_is_told_and_no_older_one_that_was_resumed(make_run: MakeRun) -> None:
    now = timezone.now()
    make_run(started_at=now - timedelta(hours=2), queued_at=now - timedelta(seconds=5))
    longest = make_run(queued_at=now)
    Run.objects.filter(pk=longest.pk).update(created_at=now - timedelta(hours=1))
    transitions.claim(make_run().pk, "gpu@here")
    recovery.tell_waiting()
    told = heartbeat.heard([]).waiting["gpu"]
    heartbeat.connection().delete(heartbeat.WAITING)
    assert (told.run, told.at_work) == (longest.pk, True)
    assert abs(heartbeat.redis_time() - told.since - 3600) < 30


def test_the_oldest_run_that_waits_is_told_with_whether_others_work(make_run: MakeRun) -> None:
    oldest = make_run()
    make_run()
    transitions.claim(make_run(queue="judge").pk, "judge@here")
    recovery.tell_waiting()
    waiting = heartbeat.heard([]).waiting
    heartbeat.connection().delete(heartbeat.WAITING)
    assert list(waiting) == ["gpu"]
    assert (waiting["gpu"].run, waiting["gpu"].at_work) == (oldest.pk, False)
    assert abs(waiting["gpu"].since - heartbeat.redis_time()) < 10
