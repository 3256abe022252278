"""Probes and the header's report: what is down is said in words, with what to do."""

import platform
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import redis
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from studio.accounts.models import User
from studio.monitoring import health, heartbeat, version
from studio.monitoring.health import Check
from studio.monitoring.heartbeat import WaitingRun, WorkerReport

ALL = ("cpu", "judge", "gpu", "beat")


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(heartbeat, "connection", lambda: nowhere)


@pytest.fixture
def database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    yield
    connection.close()


@pytest.fixture
def unmigrated() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    health.memory.migrated = False
    yield
    health.memory.migrated = False


def troubles() -> dict[str, str]:
    return {check.name: check.says for check in health.examine().checks if not check.ok}


def test_live_asks_nobody(client: Client) -> None:
    assert client.get("/health/live").json() == {"live": True}


@pytest.mark.django_db
def test_ready_when_the_servers_answer_even_before_the_workers_do(client: Client) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["ready"]
    assert not answer.json()["ok"]


@pytest.mark.django_db
def test_all_is_well_when_every_worker_was_heard_of() -> None:
    heartbeat.beat(ALL)
    assert health.examine().ok
    assert health.report().ok


@pytest.mark.django_db
def test_a_silent_worker_is_named_with_the_command_that_starts_it() -> None:
    heartbeat.beat(["cpu", "judge", "beat"])
    assert list(troubles()) == ["gpu"]
    assert "celery -A studio worker -Q gpu" in troubles()["gpu"]


@pytest.mark.django_db
def test_without_redis_pages_are_not_ready_and_the_variable_is_named(client: Client, redis_away: None) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "Check REDIS_URL" in troubles()["redis"]


@pytest.mark.django_db(transaction=True)
def test_without_postgresql_pages_are_not_ready_and_the_variable_is_named(client: Client, database_away: None) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "Check DATABASE_URL" in troubles()["database"]


@pytest.mark.django_db
def test_missing_migrations_are_counted_and_their_command_named(client: Client, unmigrated: None) -> None:
    assert client.get("/health/ready").status_code == 503
    assert "manage.py migrate" in troubles()["migrations"]


@pytest.mark.django_db
def test_the_report_of_a_page_header_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        health.report()


@pytest.mark.django_db
def test_the_report_is_remembered_for_some_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    first = health.report()
    heartbeat.beat(ALL)
    assert health.report() is first
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 0.0)
    assert health.report().ok


def test_a_page_header_says_what_is_wrong_when_redis_is_away(redis_away: None) -> None:
    report = health.report()
    assert not report.ok
    assert report.troubles == [check.says for check in report.checks if not check.ok]


def test_a_check_is_a_sentence() -> None:
    assert health.worker_says("beat", alive=True) == "The scheduler is running."
    assert Check("cpu", True, health.worker_says("cpu", alive=True)).says == "The worker is running."


# What workers say of themselves


@pytest.fixture
def said() -> Iterator[Callable[..., None]]:
    """`said("gpu@far", skew=9.0)`: what a worker told just now."""

    def say(worker: str, **about: Any) -> None:
        told = WorkerReport(at=heartbeat.redis_time(), host=platform.node(), code=version.code())
        text = msgspec.json.encode(msgspec.structs.replace(told, **about))
        heartbeat.connection().hset(heartbeat.WORKERS, worker, text)

    yield say
    heartbeat.connection().delete(heartbeat.WORKERS, heartbeat.WAITING)


Say = Callable[..., None]


def found(name: str) -> list[str]:
    heartbeat.beat(ALL)
    return [check.says for check in health.report().checks if check.name == name and not check.ok]


def test_a_worker_that_runs_other_code_is_named(said: Say) -> None:
    said("gpu@here")
    said("gpu@far", code="older")
    assert found("versions") == [
        "Code differs from that of these pages: gpu@far. Start the studio again, so that all run the same."
    ]


def test_a_worker_that_is_silent_for_long_is_not_asked_for_its_version(said: Say) -> None:
    said("gpu@far", code="older", at=heartbeat.redis_time() - 60)
    assert found("versions") == []


def test_a_worker_of_another_version_may_say_less(said: Say) -> None:
    heartbeat.connection().hset(heartbeat.WORKERS, "gpu@old", msgspec.json.encode({"at": heartbeat.redis_time()}))
    assert "gpu@old" in found("versions")[0]


def test_a_clock_that_is_wrong_is_named_with_how_far(said: Say) -> None:
    said("gpu@far", skew=-30.0)
    assert found("clock") == ["The clock of gpu@far is 30 s behind ours. Set both by a time server (NTP)."]


def test_a_disk_that_is_full_elsewhere_is_named_with_its_machine(said: Say) -> None:
    said("gpu@far", host="far", troubles=["The disk is full."])
    said("cpu@here", troubles=["The disk is full."])
    assert found("machine") == ["On far: The disk is full."]


def test_of_the_workers_of_a_machine_the_last_one_to_speak_is_believed(said: Say) -> None:
    said("gpu@far", host="far", at=heartbeat.redis_time() - 4, troubles=["The disk has 1.3 GB left."])
    said("cpu@far", host="far", troubles=["The disk has 1.2 GB left."])
    assert found("machine") == ["On far: The disk has 1.2 GB left."]


@pytest.mark.parametrize(
    ("seconds", "at_work", "trouble"), [(30, False, False), (600, True, False), (600, False, True)]
)
def test_a_run_that_waits_while_nobody_works_is_named(said: Say, seconds: int, at_work: bool, trouble: bool) -> None:
    heartbeat.tell_waiting({"gpu": WaitingRun(7, heartbeat.redis_time() - seconds, at_work)})
    says = found("queue")
    assert bool(says) == trouble
    if says:
        assert says[0].startswith("Run 7, the oldest of the queue gpu, has waited 10 min, and none is at work there.")
        assert "celery -A studio worker -Q gpu" in says[0]


@pytest.mark.django_db
def test_details_are_for_those_who_have_signed_in(client: Client, ann: User) -> None:
    assert set(client.get("/health/ready").json()) == {"ready", "ok"}
    client.force_login(ann)
    assert "checks" in client.get("/health/ready").json()
