"""Acts that must not happen at once take turns by name, and whoever waits too long is told for what."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from studio.database.turns import Occupied, in_turn, take
from studio.http.conflicts import conflict
from tests.turns import taken

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_name_at_a_time_in_whatever_order_they_are_asked_for(at_once: Callable[..., None]) -> None:
    inside: list[int] = []

    def act(number: int) -> None:
        with in_turn(*(("a", "b") if number % 2 else ("b", "a")), says="Later."):
            inside.append(number)
            assert inside == [number]
            inside.clear()

    at_once(6, act)


def test_another_name_waits_for_nobody() -> None:
    with taken("a"), in_turn("b", says="Later.", seconds=1):
        pass


def test_whoever_waits_too_long_is_told_and_the_request_is_a_conflict_in_words() -> None:
    with (
        taken("a"),
        pytest.raises(Occupied, match="A file is being imported") as refused,
        in_turn("a", says=FILE, seconds=1),
    ):
        pass
    found = conflict(refused.value)
    assert found and (found.status, found.says) == (409, f"The request was not carried out. {FILE}")


FILE = "A file is being imported. Try again when that has ended."


def test_an_error_of_another_kind_stays_one() -> None:
    with (
        pytest.raises(OperationalError, match="gone") as raised,
        connection.execute_wrapper(gone),
        in_turn("a", says="x"),
    ):
        pass
    assert not isinstance(raised.value, Occupied)


def gone(*given: object) -> None:
    raise OperationalError("gone")


def test_a_turn_ends_with_its_transaction() -> None:
    with transaction.atomic():
        take("a")
    with taken("a"):
        pass
