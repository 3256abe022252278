"""Roles, leaving and coming back: who may do it to whom, what follows, and what is recorded."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from studio.accounts.acts import people
from studio.accounts.acts.people import ActRefused, reset_tokens
from studio.accounts.models import ApiToken, AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from tests.conftest import person

pytestmark = pytest.mark.django_db


def words() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))


def test_whoever_is_deactivated_is_signed_out_for_good_and_their_tokens_stop(
    signed_in: Callable[[User], Client], lea: User, ann: User
) -> None:
    client, (_, key) = signed_in(ann), ApiToken.issue(ann, "laptop")
    assert people.deactivate(lea, ann) and not people.deactivate(lea, ann)
    assert client.get("/settings/").status_code == 302 and ApiToken.find(key) is None
    assert people.activate(lea, ann)
    assert client.get("/settings/").status_code == 302 and ApiToken.find(key)
    assert words() == ["lea deactivated ann", "lea activated ann again"]


@pytest.mark.parametrize("act", [people.deactivate, people.activate, people.reset_key])
def test_a_lead_changes_annotators_only(lea: User, ann: User, eli: User, ada: User, act: Callable[..., Any]) -> None:
    for other in (lea, eli, ada, person("Lou", Role.LEAD)):
        with pytest.raises(PermissionDenied, match="Ask an admin"):
            act(lea, other)
    with pytest.raises(PermissionDenied):
        act(ann, ann)
    assert words() == []


def test_a_superuser_whose_role_is_annotator_is_an_admin_to_leads(lea: User, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(is_superuser=True)
    with pytest.raises(PermissionDenied):
        people.deactivate(lea, User.objects.get(pk=ann.pk))


def test_nobody_deactivates_themselves_nor_lets_the_studio_be_without_an_admin(ada: User, eli: User) -> None:
    with pytest.raises(ActRefused, match="yourself"):
        people.deactivate(ada, ada)
    with pytest.raises(ActRefused, match="last active admin"):
        people.change_role(ada, ada, Role.LEAD)
    assert people.change_role(ada, eli, Role.ADMIN) and people.deactivate(ada, eli)
    with pytest.raises(ActRefused, match="last active admin"):
        people.change_role(ada, ada, Role.LEAD)


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_deactivate_each_other_one_stays_also_beside_a_third(
    at_once: Callable[..., Any], ada: User, eli: User
) -> None:
    people.change_role(ada, eli, Role.ADMIN), person("Ida", Role.ADMIN)
    refused, ways = [], [(ada, eli), (eli, ada)]

    def act(n: int) -> None:
        try:
            people.deactivate(*ways[n])
        except PermissionDenied as error:
            refused.append(error)

    at_once(2, act)
    assert len(refused) == 1 and User.objects.filter(is_active=True).count() == 2


def test_whoever_became_an_admin_meanwhile_is_no_longer_a_leads_to_deactivate(ada: User, lea: User, ann: User) -> None:
    as_it_was = User.objects.get(pk=ann.pk)
    people.change_role(ada, ann, Role.ADMIN)
    with pytest.raises(PermissionDenied):
        people.deactivate(lea, as_it_was)
    assert User.objects.get(pk=ann.pk).is_active


def test_only_an_admin_changes_roles(lea: User, ada: User, ann: User) -> None:
    with pytest.raises(PermissionDenied):
        people.change_role(lea, ann, Role.LEAD)
    assert people.change_role(ada, ann, Role.LEAD) and not people.change_role(ada, ann, Role.LEAD)
    assert User.objects.get(pk=ann.pk).role == Role.LEAD
    assert words() == ["ada changed the role of ann from annotator to lead"]


def test_a_superuser_who_becomes_less_is_none_any_more(ada: User, eli: User) -> None:
    people.change_role(ada, eli, Role.ADMIN)
    people.change_role(eli, ada, Role.LEAD)
    ada.refresh_from_db()
    assert not (ada.is_superuser or ada.is_staff)


def test_a_link_for_a_new_password_ends_with_a_role_in_any_project(ada: User, ann: User) -> None:
    _, key = people.reset_key(ada, ann)
    people.change_role(ada, ann, Role.LEAD)
    assert not reset_tokens.check_token(ann, key)
    _, key = people.reset_key(ada, ann)
    Membership.objects.create(user=ann, project=Project.objects.create(slug="other"), role=Role.ANNOTATOR)
    assert not reset_tokens.check_token(ann, key)


def test_a_link_for_a_new_password_ends_with_the_password_or_the_account(ada: User, ann: User) -> None:
    for change in ({"password": "x"}, {"is_superuser": True}, {"is_active": False}):
        _, key = people.reset_key(ada, ann)
        assert reset_tokens.check_token(ann, key)
        changed = User.objects.get(pk=ann.pk)
        for name, value in change.items():
            setattr(changed, name, value)
        assert not reset_tokens.check_token(changed, key)


def test_there_is_no_such_link_for_oneself_or_for_a_deactivated_person(ada: User, ann: User) -> None:
    with pytest.raises(ActRefused, match="Settings"):
        people.reset_key(ada, ada)
    people.deactivate(ada, ann)
    with pytest.raises(ActRefused, match="Activate"):
        people.reset_key(ada, ann)
