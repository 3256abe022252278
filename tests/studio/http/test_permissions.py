"""Rights as permissions of endpoints; the refusal names the right."""

from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from studio.accounts.models import User
from studio.accounts.roles import Capability, Role
from studio.accounts.scopes import Scope
from studio.http.permissions import SignedIn, allows, allows_reading
from tests.conftest import somebody

BOTH: Any = allows_reading(Capability.READ_DATA, Capability.ADMINISTER)
DATA: Any = allows_reading(Capability.READ_DATA, Capability.MANAGE_DATA)


def may(permission: Any, by: User | AnonymousUser, method: str = "GET") -> bool:
    return refused(permission, by, method) is None


def refused(permission: Any, by: User | AnonymousUser, method: str) -> str | None:
    """What the permission says; None where it lets in."""
    request: Any = RequestFactory().generic(method, "/")
    request.user = by
    asked = permission()
    return None if asked.has_permission(request, cast(Any, None)) else asked.message


def test_a_stranger_may_nothing() -> None:
    assert not may(allows(Capability.ANNOTATE), AnonymousUser())
    assert not may(BOTH, AnonymousUser())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_takes_the_lesser_right(method: str) -> None:
    assert may(BOTH, somebody(Role.LEAD), method)
    assert not may(BOTH, somebody(Role.ANNOTATOR), method)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "UNKNOWN"])
def test_everything_else_takes_the_greater(method: str) -> None:
    assert not may(BOTH, somebody(Role.LEAD), method)
    assert may(BOTH, somebody(Role.ADMIN), method)


@pytest.mark.parametrize(("method", "right"), [("GET", "read data"), ("POST", "administer")])
def test_a_refusal_names_the_right_and_who_gives_it(method: str, right: str) -> None:
    says = refused(BOTH, somebody(Role.ANNOTATOR), method)
    assert says == f"This needs the right to {right}. Ask an admin for the role."


def by_token(role: Role, *scopes: Scope) -> User:
    user = somebody(role)
    user.token_scopes = frozenset(scopes)
    return user


def test_a_token_needs_its_scope_besides_the_role() -> None:
    assert may(DATA, by_token(Role.LEAD, Scope.READ)) and not may(DATA, by_token(Role.LEAD, Scope.READ), "POST")
    assert may(DATA, by_token(Role.LEAD, Scope.WRITE), "POST") and not may(DATA, by_token(Role.LEAD, Scope.WRITE))
    assert not may(DATA, by_token(Role.ANNOTATOR, *Scope))


def test_no_token_administers_whoever_owns_it() -> None:
    assert may(BOTH, by_token(Role.ADMIN, Scope.READ))
    assert not may(BOTH, by_token(Role.ADMIN, *Scope), "POST")


def test_a_right_to_read_changes_nothing_with_the_scope_to_read() -> None:
    flags: Any = allows(Capability.READ_DATA)
    assert not may(flags, by_token(Role.LEAD, Scope.READ), "POST")
    assert may(flags, by_token(Role.LEAD, Scope.WRITE), "POST")


def test_a_refusal_names_the_scope_that_is_missing_and_how_to_get_it() -> None:
    assert refused(DATA, by_token(Role.LEAD, Scope.READ), "POST") == (
        "This token lacks the scope “write”. Make a token that has it under Settings → API tokens."
    )


def test_no_token_manages_people_but_it_reads_who_they_are() -> None:
    people: Any = allows(Capability.MANAGE_PEOPLE)
    assert may(people, somebody(Role.LEAD), "POST") and may(people, by_token(Role.ADMIN, Scope.READ))
    assert refused(people, by_token(Role.ADMIN, *Scope), "POST") == (
        "A token cannot do this. Do it on the page, signed in."
    )
    assert not by_token(Role.ADMIN, *Scope).can(Capability.MANAGE_PEOPLE)


def test_where_no_right_is_named_a_token_reads_and_a_person_does_the_rest() -> None:
    assert may(SignedIn, by_token(Role.ADMIN, Scope.READ)) and may(SignedIn, somebody(Role.ANNOTATOR), "POST")
    assert not may(SignedIn, by_token(Role.ADMIN, *Scope), "POST")
    assert not may(SignedIn, AnonymousUser())
