"""What the machine cannot do is said in words, on pages and under /api/; only the studio's own errors are 500s."""

import errno
from collections.abc import Callable, Iterator
from typing import Any

import kombu.exceptions
import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client
from psycopg2.errors import DiskFull, NotNullViolation

from studio.accounts.models import User
from studio.http.outages import AWAY, FULL, REDIS, outage
from tests.annotation.making import collection

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User], Client]


@pytest.fixture
def client(signed_in: SignIn, lea: User) -> Client:
    client = signed_in(lea)
    client.raise_request_exception = False
    return client


@pytest.fixture
def in_no_time(client: Client) -> Iterator[None]:
    """PostgreSQL may work on a statement for a millisecond, once the client has signed in."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 1")
    yield
    connection.close()


def broken(cause: Exception) -> Callable[..., Any]:
    """A database that answers every statement with this error."""

    def execute(*args: Any) -> Any:
        raise OperationalError(str(cause)) from cause

    return execute


@pytest.mark.usefixtures("in_no_time")
def test_what_takes_too_long_says_what_to_ask_instead(client: Client) -> None:
    with connection.execute_wrapper(lambda run, sql, *rest: run("SELECT pg_sleep(9)", None, *rest[1:])):
        answer = client.get("/pairs/")
    assert answer.status_code == 503
    assert "Ask for less at once" in answer.content.decode()


def test_a_full_disk_says_so_on_a_page_and_under_api(client: Client) -> None:
    with connection.execute_wrapper(broken(DiskFull("no space left"))):
        page, answer = client.get("/pairs/"), client.get("/api/v1/pairs/")
    assert page.status_code == 507 and "Free some space" in page.content.decode()
    assert (answer.status_code, answer.headers["Content-Type"]) == (507, "application/problem+json")
    assert "Free some space" in answer.json()["detail"]


def test_postgresql_away_is_no_error_of_the_studio(client: Client) -> None:
    with connection.execute_wrapper(broken(psycopg2.OperationalError("server closed the connection"))):
        page, answer = client.get("/pairs/?q=prime"), client.get("/api/v1/pairs/")
    assert page.status_code == answer.status_code == 503
    assert "PostgreSQL does not answer" in page.content.decode()
    assert 'href="/projects/tests/pairs/?q=prime">Try again</a>' in page.content.decode()


def test_redis_away_is_no_error_of_the_studio(client: Client, settings: Any) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": nowhere}
    one = collection()
    page = client.get(f"/prompts/collections/{one.slug}/figures/")
    assert page.status_code == 503 and "Redis does not answer" in page.content.decode()
    assert outage(kombu.exceptions.OperationalError("Connection refused")) is REDIS


def test_an_error_of_the_studio_itself_stays_one() -> None:
    assert outage(ValueError("ours")) is None
    assert outage(NotNullViolation("ours")) is None
    assert outage(OSError(errno.ENOSPC, "No space left on device")) is FULL
    assert outage(OperationalError("gone")) is AWAY
