"""Who a page is for: strangers sign in, others are told which right they lack."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability, Role
from tests.conftest import somebody


@requires(Capability.TRAIN)
def page(request: HttpRequest, word: str) -> HttpResponse:
    return HttpResponse(word)


def asked(rf: RequestFactory, by: User | AnonymousUser) -> HttpRequest:
    request = rf.get("/runs/?sort=name")
    request.user = by
    return request


def test_a_stranger_is_asked_to_sign_in_and_comes_back(rf: RequestFactory) -> None:
    answer = page(asked(rf, AnonymousUser()), "shown")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?next=/runs/%3Fsort%3Dname")


def test_who_may_not_is_told_which_right_it_takes(rf: RequestFactory) -> None:
    with pytest.raises(PermissionDenied, match="for those who may train. Ask an admin"):
        page(asked(rf, somebody(Role.LEAD)), "shown")


def test_who_may_sees_it(rf: RequestFactory) -> None:
    assert page(asked(rf, somebody(Role.ENGINEER)), "shown").content == b"shown"  # type: ignore[attr-defined]


def test_somebody_who_was_switched_off_may_nothing(rf: RequestFactory) -> None:
    with pytest.raises(PermissionDenied):
        page(asked(rf, somebody(Role.ADMIN, is_active=False)), "shown")


def test_the_asker_is_a_person(rf: RequestFactory) -> None:
    ann = User(username="ann")
    assert asker(asked(rf, ann)) is ann
    with pytest.raises(AssertionError):
        asker(asked(rf, AnonymousUser()))
