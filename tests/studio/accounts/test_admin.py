from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from studio.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(signed_in: Callable[[User], Client], ada: User) -> Client:
    return signed_in(ada)


def test_a_person_is_added_with_a_role(admin_client: Client) -> None:
    new = {
        "username": "nina",
        "role": "lead",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    assert admin_client.post(reverse("admin:accounts_user_add"), new).status_code == 302
    nina = User.objects.get(username="nina")
    assert (nina.role, nina.check_password("correct horse battery")) == ("lead", True)


def test_people_are_listed_and_shown(admin_client: Client, ann: User) -> None:
    assert b"ann" in admin_client.get(reverse("admin:accounts_user_changelist")).content
    assert admin_client.get(reverse("admin:accounts_user_change", args=[ann.pk])).status_code == 200


def test_a_request_that_names_an_empty_field_is_answered(admin_client: Client, ann: User) -> None:
    token, _ = ApiToken.issue(ann, "notebook")
    for page in (reverse("admin:accounts_user_change", args=[ann.pk]), change_page(token)):
        assert admin_client.get(page, {"_to_field": ""}).status_code == 200


def change_page(token: ApiToken) -> str:
    return reverse("admin:accounts_apitoken_change", args=[token.pk])


def test_a_token_is_seen_without_its_key_and_can_be_revoked(admin_client: Client, ann: User) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    shown = admin_client.get(change_page(token)).content.decode()
    assert token.prefix in shown
    assert key not in shown
    assert token.digest not in shown
    assert admin_client.get(reverse("admin:accounts_apitoken_add")).status_code == 403
    admin_client.post(reverse("admin:accounts_apitoken_delete", args=[token.pk]), {"post": "yes"})
    assert not ApiToken.objects.exists()


def test_nobody_but_staff_comes_in(signed_in: Callable[[User], Client], lea: User) -> None:
    assert signed_in(lea).get(reverse("admin:accounts_user_changelist")).status_code == 302


def test_a_password_that_an_admin_sets_ends_sessions_and_tokens(
    admin_client: Client, signed_in: Callable[[User], Client], ann: User, bob: User
) -> None:
    session, (_, key), (_, kept) = signed_in(ann), ApiToken.issue(ann, "laptop"), ApiToken.issue(bob, "laptop")
    form = reverse("admin:auth_user_password_change", args=[ann.pk])
    assert b"sessions and API tokens end" in admin_client.get(form).content
    new = {"usable_password": "true", "password1": "battery staple 7", "password2": "battery staple 7"}
    assert admin_client.post(form, new).status_code == 302
    assert ApiToken.find(key) is None and session.get("/settings/").status_code == 302
    assert ApiToken.find(kept) and admin_client.get(form).status_code == 200
