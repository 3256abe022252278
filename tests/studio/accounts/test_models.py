"""People and their tokens: what a role opens, and what is kept of a key."""

import hashlib

import pytest
from django.db import IntegrityError, transaction

from studio.accounts.models import TOKEN_PREFIX, ApiToken, Membership, User, digest
from studio.accounts.roles import Capability, Role
from studio.projects.scope import here

pytestmark = pytest.mark.django_db


def test_a_new_account_may_nothing_until_it_is_a_member() -> None:
    user = User.objects.create_user("new")
    assert [right for right in Capability if user.can(right)] == []
    Membership.objects.create(user=user, project_id=here(), role=Role.ANNOTATOR)
    assert [right for right in Capability if User.objects.get().can(right)] == [Capability.ANNOTATE]


def test_a_superuser_may_everything_until_they_are_switched_off() -> None:
    user = User(is_superuser=True)
    assert all(user.can(right) for right in Capability)
    user.is_active = False
    assert not any(user.can(right) for right in Capability)


@pytest.mark.parametrize(("role", "may"), [(Role.ADMIN, True), (Role.ENGINEER, False), (Role.ANNOTATOR, False)])
def test_an_admin_by_role_has_every_right_in_djangos_admin(role: Role, may: bool) -> None:
    user = User.objects.create_user("somebody", role=role)
    assert user.has_perm("annotation.delete_pair") is may
    assert user.has_module_perms("annotation") is may


def test_an_admin_who_was_switched_off_has_none() -> None:
    user = User.objects.create_user("somebody", role=Role.ADMIN, is_active=False)
    assert not user.has_perm("annotation.view_pair") and not user.has_module_perms("annotation")


@pytest.mark.parametrize(("first", "last", "shown"), [("Ann", "Lee", "Ann Lee"), ("Ann", "", "Ann"), ("", "", "ann")])
def test_a_person_is_called_by_their_name_or_else_by_their_account(first: str, last: str, shown: str) -> None:
    assert str(User(username="ann", first_name=first, last_name=last)) == shown


def test_a_key_is_long_and_random_and_only_its_digest_is_kept(ann: User) -> None:
    keys = [ApiToken.issue(ann, "notebook")[1] for _ in range(5)]
    assert len(set(keys)) == 5 and all(key.startswith(TOKEN_PREFIX) and len(key) >= 46 for key in keys)
    kept = str(list(ApiToken.objects.values()))
    assert not any(key in kept for key in keys)
    assert ApiToken.objects.filter(digest=hashlib.sha256(keys[0].encode()).hexdigest()).exists()


def test_a_token_is_shown_by_its_name_and_its_beginning(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    assert str(token) == f"notebook ({key[:9]}…)"


def test_a_key_is_found_whole_and_not_by_its_beginning(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    assert ApiToken.find(key) == token
    assert ApiToken.find(key[:-1]) is ApiToken.find(token.prefix) is ApiToken.find(token.digest) is None


def test_a_key_of_somebody_who_left_opens_nothing_and_is_not_noted_as_used(ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert ApiToken.find(key) is None
    token.refresh_from_db()
    assert token.last_used_at is None


def test_two_tokens_never_have_one_digest(ann: User) -> None:
    token, _ = ApiToken.issue(ann, "notebook")
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(user=ann, name="other", digest=token.digest, scopes=["read"])


def test_whoever_goes_takes_their_tokens_along(ann: User) -> None:
    ApiToken.issue(ann, "notebook")
    ann.delete()
    assert not ApiToken.objects.exists() and len(digest("")) == 64
