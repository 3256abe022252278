"""Two requests about one row: one of them is carried out, the other is answered in words, and neither is an error."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from psycopg2.errors import ForeignKeyViolation, NotNullViolation, QueryCanceled, UniqueViolation

from studio.accounts.models import User
from studio.database.turns import Occupied
from studio.http.conflicts import DELETED, TAKEN, conflict

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User], Client]


@pytest.fixture
def client(signed_in: SignIn, lea: User) -> Client:
    client = signed_in(lea)
    client.raise_request_exception = False
    return client


def test_of_two_that_make_the_same_at_once_one_is_made_and_no_other_is_an_error(
    signed_in: SignIn, lea: User, at_once: Callable[..., None]
) -> None:
    statuses: list[int] = []

    def make(number: int) -> None:
        client = signed_in(lea)
        client.raise_request_exception = False
        made = {"slug": "primes", "name": "Primes", "overlap": 1}
        statuses.append(client.post("/api/v1/collections/", made, content_type="application/json").status_code)

    at_once(6, make)
    assert statuses.count(201) == 1 and set(statuses) <= {201, 400, 409}


def test_a_row_that_somebody_else_made_first_is_a_conflict_in_words(client: Client) -> None:
    def made_first(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "annotation_collection"'):
            raise IntegrityError("duplicate key") from UniqueViolation("duplicate key")
        return run(sql, *rest)

    made = {"slug": "primes", "name": "Primes", "overlap": 1}
    with connection.execute_wrapper(made_first):
        page = client.post("/prompts/collections/new/", made)
        answer = client.post("/api/v1/collections/", made, content_type="application/json")
    assert page.status_code == answer.status_code == 409
    assert "Another request made the same" in page.content.decode()
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_whoever_waited_too_long_for_somebody_else_is_told_for_what(client: Client) -> None:
    def occupied(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "annotation_collection"'):
            raise Occupied("A file is being imported into primes.") from QueryCanceled("statement timeout")
        return run(sql, *rest)

    with connection.execute_wrapper(occupied):
        page = client.post("/prompts/collections/new/", {"slug": "primes", "name": "Primes", "overlap": 1})
    assert page.status_code == 409 and "A file is being imported into primes." in page.content.decode()


def test_only_what_another_request_did_is_a_conflict() -> None:
    def refused(cause: Exception) -> IntegrityError:
        error = IntegrityError("refused")
        error.__cause__ = cause
        return error

    assert conflict(refused(UniqueViolation("there"))) is TAKEN
    assert conflict(refused(ForeignKeyViolation("gone"))) is DELETED
    assert conflict(refused(NotNullViolation("ours"))) is None
    assert conflict(ValueError("ours")) is conflict(None) is None
