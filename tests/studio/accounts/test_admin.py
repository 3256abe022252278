from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from studio.accounts import invitations
from studio.accounts.models import ApiToken, AuditEntry, User
from studio.accounts.roles import Role

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


def changed(person: User, **fields: str) -> dict[str, str]:
    """The form of a person as the admin shows it, with other values; an empty one leaves a box unticked."""
    now = {"username": person.username, "role": person.role, "is_active": "on"} | fields
    return {name: value for name, value in now.items() if value}


def test_a_role_and_a_state_that_are_changed_here_are_recorded(admin_client: Client, ann: User) -> None:
    form = reverse("admin:accounts_user_change", args=[ann.pk])
    assert admin_client.post(form, changed(ann, role="lead", is_active="")).status_code == 302
    words = list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))
    assert words == ["ada changed the role of ann from annotator to lead", "ada deactivated ann"]


def test_an_account_that_is_added_or_deleted_here_is_recorded(admin_client: Client, ann: User, bob: User) -> None:
    new = {"username": "nina", "role": "lead", "usable_password": "false"}
    admin_client.post(reverse("admin:accounts_user_add"), new)
    admin_client.post(reverse("admin:accounts_user_delete", args=[ann.pk]), {"post": "yes"})
    many = {"action": "delete_selected", "_selected_action": [str(bob.pk)], "post": "yes"}
    admin_client.post(reverse("admin:accounts_user_changelist"), many)
    words = list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))
    assert words == ["ada added nina as lead", "ada deleted the account ann", "ada deleted the account bob"]


def test_the_last_admin_stays_one_here_too(admin_client: Client, ada: User) -> None:
    form = reverse("admin:accounts_user_change", args=[ada.pk])
    page = admin_client.post(form, changed(ada, role="lead"))
    assert b"last active admin" in page.content and not AuditEntry.objects.exists()


def test_the_record_is_read_only(admin_client: Client, ada: User) -> None:
    invitations.invite(ada, Role.LEAD)
    entry = AuditEntry.objects.get()
    assert b"ada invited 1 lead" in admin_client.get(reverse("admin:accounts_auditentry_changelist")).content
    for act in ("change", "delete"):
        form = reverse(f"admin:accounts_auditentry_{act}", args=[entry.pk])
        assert admin_client.post(form, {"words": "x", "post": "yes"}).status_code == 403
    assert admin_client.get(reverse("admin:accounts_auditentry_add")).status_code == 403
