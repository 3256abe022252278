"""Whose failures are counted together, and until when. What a page shows of it: tests/frontend/pages/frame."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import RequestFactory
from django.utils import timezone

from studio.accounts.sign_in.limits import OF_AN_ACCOUNT, address, held_until, reached_at


@pytest.mark.parametrize(
    ("asks", "counted"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("unix:/run/sock", None),
        ("", None),
    ],
)
def test_a_household_is_one_address(rf: RequestFactory, asks: str, counted: str | None) -> None:
    assert address(rf.get("/", REMOTE_ADDR=asks)) == counted


def attempt(minutes: float, failures: int, name: str = "ann", at: str = "10.1.1.1", agent: str = "a") -> None:
    row = AccessAttempt.objects.create(
        username=name, ip_address=at, failures_since_start=failures, user_agent=agent, path_info="/sign-in/"
    )
    AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=timezone.now() - timedelta(minutes=minutes))


def minutes_left(rf: RequestFactory, name: str = "ann", at: str = "10.1.1.1") -> float:
    request: Any = rf.post("/sign-in/")
    request.axes_ip_address, request.axes_attempt_time = at, timezone.now()
    left = held_until(request, {"username": name}) - timezone.now()
    return left.total_seconds() / 60


@pytest.mark.django_db
def test_one_waits_until_so_many_failures_are_forgotten_that_fewer_than_the_limit_are_left(rf: RequestFactory) -> None:
    attempt(8, settings.AXES_FAILURE_LIMIT - 1, agent="a")
    attempt(2, 1, agent="b")
    assert minutes_left(rf) == pytest.approx(2, abs=0.1)


@pytest.mark.django_db
def test_an_account_that_many_addresses_try_waits_for_all_of_them(rf: RequestFactory) -> None:
    attempt(1, OF_AN_ACCOUNT, at="10.9.9.9")
    assert minutes_left(rf) == pytest.approx(9, abs=0.1)
    assert minutes_left(rf, "bob") == pytest.approx(10, abs=0.1)


@pytest.mark.django_db
def test_fewer_failures_than_the_limit_reach_it_never() -> None:
    attempt(1, 4)
    assert reached_at(AccessAttempt.objects.all(), 5) is None
    assert reached_at(AccessAttempt.objects.all(), 4) is not None
