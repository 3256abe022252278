"""Probes and the header's report: what is down is said in words, with what to do."""

from collections.abc import Iterator

import pytest
import redis
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from studio import health, heartbeat
from studio.health import Check

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


def test_a_heartbeat_without_redis_is_left_to_the_next(redis_away: None) -> None:
    heartbeat.beat(ALL)


def test_a_heartbeat_fades() -> None:
    heartbeat.beat(["cpu"])
    assert 0 < heartbeat.connection().ttl(heartbeat.key("cpu")) <= heartbeat.FADES_AFTER


def test_a_check_is_a_sentence() -> None:
    assert health.worker_says("beat", alive=True) == "The scheduler is running."
    assert Check("cpu", True, health.worker_says("cpu", alive=True)).says == "The worker is running."
