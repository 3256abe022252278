from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Assignment, Pair
from annotation.review import queue
from studio.accounts.acts import invitations
from studio.accounts.models import ApiToken, AuditEntry, Invitation, User
from studio.accounts.roles import Role
from studio.projects.scope import everywhere, here
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(signed_in: Callable[[User], Client], ada: User) -> Client:
    return signed_in(ada)


NONE_BEFORE = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def test_a_person_is_added_with_a_role(admin_client: Client) -> None:
    new = joining("lead") | {
        "username": "nina",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    assert admin_client.post(reverse("admin:accounts_user_add"), new).status_code == 302
    nina = User.objects.get(username="nina")
    assert (nina.role, nina.check_password("correct horse battery")) == ("lead", True)


def joining(role: str) -> dict[str, str]:
    """The form of a person who becomes a member of the project at work."""
    counted = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}
    return counted | {"memberships-0-project": str(here()), "memberships-0-role": role}


def membership(person: User, **fields: str) -> dict[str, str]:
    """The form of a member, with other values."""
    kept = person.memberships.get()
    known = {"id": kept.pk, "user": person.pk, "project": kept.project_id, "role": kept.role} | fields
    counted = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1"}
    return counted | {f"memberships-0-{name}": str(value) for name, value in known.items()}


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


def words() -> list[str]:
    with everywhere():
        return list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))


def changed(person: User, **fields: str) -> dict[str, str]:
    """The form of a person as the admin shows it, with other values; an empty one leaves a box unticked."""
    now = {"username": person.username, "is_active": "on", "is_superuser": "on" if person.is_admin else ""} | fields
    return {name: value for name, value in now.items() if value}


def test_a_role_and_a_state_that_are_changed_here_are_recorded(admin_client: Client, ann: User) -> None:
    form = reverse("admin:accounts_user_change", args=[ann.pk])
    assert admin_client.post(form, changed(ann, is_active="") | membership(ann, role="lead")).status_code == 302
    assert words() == ["ada deactivated ann", "ada changed the role of ann from annotator to lead"]


def test_an_admin_is_made_and_unmade_here_too(admin_client: Client, ann: User) -> None:
    form = reverse("admin:accounts_user_change", args=[ann.pk])
    for ticked in ("on", ""):
        assert admin_client.post(form, changed(ann, is_superuser=ticked) | membership(ann)).status_code == 302
        ann.refresh_from_db()
        assert ann.is_admin is ann.is_staff is bool(ticked)
    assert words() == [
        "ada changed the role of ann from no admin to admin",
        "ada changed the role of ann from admin to no admin",
    ]


def test_who_is_removed_from_a_project_here_hands_over_open_work(admin_client: Client, ann: User) -> None:
    pair()
    queue.open_slots(Pair.objects.all(), 1)
    queue.next_slots(ann)
    form = reverse("admin:accounts_user_change", args=[ann.pk])
    assert admin_client.post(form, changed(ann) | membership(ann, DELETE="on")).status_code == 302
    assert words() == ["ada removed ann from the project", "ada took back 1 open pair of ann"]
    assert not ann.memberships.exists()
    assert Assignment.objects.get().state == Assignment.State.WAITING


def test_a_change_of_a_name_here_leaves_the_links_of_a_lead_open(admin_client: Client, lea: User) -> None:
    invitations.invite(lea, Role.ANNOTATOR)
    form = reverse("admin:accounts_user_change", args=[lea.pk])
    assert admin_client.post(form, changed(lea, last_name="Lee") | membership(lea)).status_code == 302
    assert Invitation.objects.open().exists()


def test_an_account_that_is_added_or_deleted_here_is_recorded(admin_client: Client, ann: User, bob: User) -> None:
    new = joining("lead") | {"username": "nina", "usable_password": "false"}
    admin_client.post(reverse("admin:accounts_user_add"), new)
    admin_client.post(reverse("admin:accounts_user_delete", args=[ann.pk]), {"post": "yes"})
    many = {"action": "delete_selected", "_selected_action": [str(bob.pk)], "post": "yes"}
    admin_client.post(reverse("admin:accounts_user_changelist"), many)
    assert words() == [
        "ada added the account nina",
        "ada added nina as lead",
        "ada deleted the account ann",
        "ada deleted the account bob",
    ]


def test_the_last_admin_stays_one_here_too(admin_client: Client, ada: User) -> None:
    form = reverse("admin:accounts_user_change", args=[ada.pk])
    page = admin_client.post(form, changed(ada, is_superuser="") | NONE_BEFORE)
    assert b"last active admin" in page.content and not AuditEntry.objects.exists()


def test_the_record_is_read_only(admin_client: Client, ada: User) -> None:
    invitations.invite(ada, Role.LEAD)
    entry = AuditEntry.objects.get()
    assert b"ada invited 1 lead" in admin_client.get(reverse("admin:accounts_auditentry_changelist")).content
    for act in ("change", "delete"):
        form = reverse(f"admin:accounts_auditentry_{act}", args=[entry.pk])
        assert admin_client.post(form, {"words": "x", "post": "yes"}).status_code == 403
    assert admin_client.get(reverse("admin:accounts_auditentry_add")).status_code == 403
