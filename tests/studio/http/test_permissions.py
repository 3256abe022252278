"""Rights as permissions of endpoints; the refusal names the right."""

from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from studio.accounts.models import User
from studio.accounts.roles import Capability, Role
from studio.http.permissions import allows, allows_reading

BOTH: Any = allows_reading(Capability.READ_DATA, Capability.ADMINISTER)


def may(permission: Any, by: User | AnonymousUser, method: str = "GET") -> bool:
    request: Any = RequestFactory().generic(method, "/")
    request.user = by
    return bool(permission().has_permission(request, cast(Any, None)))


def test_a_stranger_may_nothing() -> None:
    assert not may(allows(Capability.ANNOTATE), AnonymousUser())
    assert not may(BOTH, AnonymousUser())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_takes_the_lesser_right(method: str) -> None:
    assert may(BOTH, User(role=Role.LEAD), method)
    assert not may(BOTH, User(role=Role.ANNOTATOR), method)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "UNKNOWN"])
def test_everything_else_takes_the_greater(method: str) -> None:
    assert not may(BOTH, User(role=Role.LEAD), method)
    assert may(BOTH, User(role=Role.ADMIN), method)


def test_a_refusal_names_the_right_and_who_gives_it() -> None:
    training: Any = allows(Capability.TRAIN)
    assert training.message == "This needs the right to train. Ask an admin for the role."
    assert "to change anything: administer" in BOTH.message
