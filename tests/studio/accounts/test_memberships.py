"""Who is in which project, and what follows from joining one and leaving it."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Assignment, Pair
from annotation.review import queue
from studio.accounts.acts import invitations, people
from studio.accounts.models import ApiToken, AuditEntry, Invitation, Membership, User
from studio.accounts.roles import Capability, Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import pair
from tests.studio.accounts.api.test_tokens import with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def join(person: User, project: Project, role: Role = Role.ANNOTATOR) -> None:
    Membership.objects.create(user=person, project=project, role=role)


def hold_a_pair(person: User) -> None:
    pair()
    queue.open_slots(Pair.objects.all(), 1)
    assert queue.next_slots(person)


def test_a_role_is_one_of_its_project(ann: User, other: Project) -> None:
    join(ann, other, Role.LEAD)
    assert (ann.role, ann.can(Capability.MANAGE_DATA)) == (Role.ANNOTATOR, False)
    with inside(other.pk):
        assert (ann.role, ann.can(Capability.MANAGE_DATA)) == (Role.LEAD, True)


def test_in_a_project_of_others_nobody_may_anything(lea: User, other: Project) -> None:
    with inside(other.pk):
        assert lea.role is None and not any(lea.can(right) for right in Capability)
        assert lea not in User.objects.here()


def test_who_has_an_account_joins_one_project_more_by_a_link(
    signed_in: Callable[[User], Client], ada: User, ann: User, other: Project
) -> None:
    with inside(other.pk):
        _, key = invitations.invite(ada, Role.LEAD)
    client = signed_in(ann)
    assert client.get(f"/join/{key}/").status_code == 200
    assert client.post(f"/join/{key}/").headers["Location"] == "/projects/other/"
    assert ann.memberships.count() == 2 and User.objects.count() == 2
    with inside(other.pk):
        assert User.objects.get(pk=ann.pk).role == Role.LEAD
        assert AuditEntry.objects.get(act="joined").words.startswith("ann joined as lead")


def test_who_has_an_account_becomes_an_admin_by_a_link_for_one(ada: User, other: Project) -> None:
    guest = User.objects.create_user("guest")
    with inside(other.pk):
        invitations.join(invitations.invite(ada, Role.ADMIN)[0], guest)
    guest.refresh_from_db()
    assert guest.is_admin and guest.is_staff and not guest.memberships.exists()


def test_nobody_is_an_admin_of_one_project_only(ann: User, other: Project) -> None:
    with pytest.raises(IntegrityError, match="membership_of_no_admin"):
        Membership.objects.create(user=ann, project=other, role=Role.ADMIN)


def test_who_invited_somebody_is_told_in_that_project_only(lea: User, ada: User, other: Project) -> None:
    nina = invitations.join(invitations.invite(lea, Role.ANNOTATOR)[0], User(username="nina"))
    with inside(other.pk):
        Membership.objects.create(user=nina, project=other, role=Role.ANNOTATOR)
        assert named_inviter(nina) is None
    assert named_inviter(nina) == "lea"


def named_inviter(person: User) -> str | None:
    told = User.objects.here().annotate(told=invitations.inviter()).filter(pk=person.pk)
    found: str | None = told.values_list("told", flat=True).get()
    return found


def test_who_joined_with_an_account_is_named_under_the_invitation(
    signed_in: Callable[[User], Client], lea: User, ada: User
) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR, uses=3)
    for name in ("bo", "cy"):
        invitations.join(made, User.objects.create_user(name))
    page = signed_in(lea).get("/people/invitations/").content.decode()
    assert "bo, cy" in page and "more" not in re.findall(r"bo, cy[^<]*", page)[0]
    admins, _ = invitations.invite(ada, Role.ADMIN)
    invitations.join(admins, User.objects.create_user("dee"))
    assert "dee" in signed_in(ada).get("/people/invitations/").content.decode()


def test_a_member_keeps_their_role_whatever_the_link(ada: User, lea: User) -> None:
    made, _ = invitations.invite(ada, Role.ANNOTATOR)
    invitations.join(made, lea)
    assert lea.memberships.get().role == Role.LEAD


def test_who_is_removed_hands_over_open_work_of_this_project_only(lea: User, ann: User, other: Project) -> None:
    join(ann, other)
    hold_a_pair(ann)
    with inside(other.pk):
        hold_a_pair(ann)
    assert people.remove(lea, ann) and not people.remove(ann, ann)
    assert Assignment.objects.get().state == Assignment.State.WAITING
    with inside(other.pk):
        assert Assignment.objects.get().annotator == ann
    told = [entry.words for entry in AuditEntry.objects.order_by("pk")]
    assert told == ["lea removed ann from the project", "lea took back 1 open pair of ann"]


def test_everybody_may_leave_and_nobody_removes_who_is_above_them(lea: User, ann: User, eli: User) -> None:
    for by, person in ((ann, lea), (lea, eli)):
        with pytest.raises(PermissionDenied, match="Ask an admin"):
            people.remove(by, person)
    assert people.remove(eli, eli) and not eli.memberships.exists()
    assert AuditEntry.objects.get().words == "eli left the project"


def test_of_a_deactivated_person_the_links_of_all_projects_close(ada: User, lea: User, other: Project) -> None:
    join(lea, other, Role.LEAD)
    invitations.invite(lea, Role.ANNOTATOR)
    with inside(other.pk):
        invitations.invite(lea, Role.ANNOTATOR)
    people.deactivate(ada, lea)
    assert not Invitation.objects.open().exists()
    with inside(other.pk):
        assert not Invitation.objects.open().exists()


def test_a_lead_deactivates_nobody_who_works_elsewhere_too(lea: User, ann: User, other: Project) -> None:
    join(ann, other)
    with pytest.raises(PermissionDenied):
        people.deactivate(lea, ann)


def test_a_token_of_one_project_opens_no_other(lea: User, project: Project, other: Project) -> None:
    join(lea, other, Role.LEAD)
    client = with_key(ApiToken.issue(lea, "script", project=other)[1])
    pair()
    assert client.get("/api/v1/pairs/").json()["results"] == []
    assert client.get("/projects/other/api/v1/pairs/").status_code == 200
    refused = client.get("/projects/tests/api/v1/pairs/")
    assert refused.status_code == 403 and "opens the project “Other” only" in refused.json()["detail"]


def test_a_token_of_all_projects_has_to_say_in_which(lea: User, other: Project) -> None:
    join(lea, other, Role.LEAD)
    client = with_key(ApiToken.issue(lea, "script")[1])
    assert client.get("/api/v1/pairs/").status_code == 400
    assert client.get("/projects/tests/api/v1/pairs/").status_code == 200
    assert client.get("/projects/nowhere/api/v1/pairs/").status_code == 404


def test_a_token_opens_nothing_of_a_project_that_its_owner_left(lea: User, other: Project) -> None:
    client = with_key(ApiToken.issue(lea, "script", project=other)[1])
    assert client.get("/projects/other/api/v1/pairs/").status_code == 404
    assert client.get("/api/v1/pairs/").status_code == 403


def test_whoever_guesses_ids_of_another_project_finds_nothing(
    api: Callable[[User], APIClient], lea: User, other: Project
) -> None:
    join(lea, other, Role.LEAD)
    made, client = pair(), api(lea)
    rows = {"pairs": made, "prompts": made.prompt, "responses": made.left, "authors": made.left.author}
    for name, row in rows.items():
        assert client.get(f"/projects/tests/api/v1/{name}/{row.pk}/").status_code == 200, name
        assert client.get(f"/projects/other/api/v1/{name}/{row.pk}/").status_code == 404, name
        assert client.get(f"/projects/other/api/v1/{name}/").json()["results"] == [], name
