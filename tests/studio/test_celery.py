"""Tasks wait for the commit, speak JSON, and go to the queue that was asked for."""

import pytest
from celery import shared_task
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from studio.celery import QUEUES, app, broker_url

seen: list[int] = []


@shared_task
def see(number: int) -> None:
    seen.append(number)


@pytest.fixture(autouse=True)
def _nothing_seen(tasks_run_at_once: None) -> None:
    seen.clear()


@pytest.mark.django_db(transaction=True)
def test_a_task_waits_for_the_commit() -> None:
    with transaction.atomic():
        see.delay(1)
        assert seen == []
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_a_task_of_a_transaction_that_failed_is_never_sent() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        see.delay(1)
        raise ZeroDivisionError
    assert seen == []


@pytest.mark.django_db
def test_a_test_can_ask_for_what_was_committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        see.delay(2)
    assert seen == [2]


@pytest.mark.django_db(transaction=True)
def test_a_task_lands_in_its_queue() -> None:
    app.conf.task_always_eager = False
    see.apply_async((3,), queue="gpu")
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("gpu").get(timeout=5)
    assert message.content_type == "application/json"
    assert message.payload[0] == [3]


def test_a_message_is_acknowledged_before_the_work_begins() -> None:
    assert app.conf.task_acks_late is False
    assert app.conf.accept_content == ["json"]
    assert [queue.name for queue in app.conf.task_queues] == list(QUEUES)


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.BEAT_SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("redis://redis:6379/0", "redis://redis:6379/0"),
        ("unix:///srv/var/run/valkey.sock", "redis+socket:///srv/var/run/valkey.sock"),
        ("unix:///srv/valkey.sock?db=3", "redis+socket:///srv/valkey.sock?virtual_host=3"),
    ],
)
def test_the_broker_is_the_server_that_was_named(given: str, meant: str) -> None:
    assert broker_url(given) == meant
