"""Something is shared with another project, by whom may in both, and taken back; both keep a record of it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from annotation import sharing
from annotation.models import Version, VersionShare
from studio.accounts.acts import projects
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import prompt
from tests.frontend.machines import run, version
from tests.teams import team_b
from training.models import RunVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def shared(other: Project, lea: User) -> VersionShare:
    return sharing.share(VersionShare, version([prompt()], name="ours"), other, lea)


def test_ending_it_ends_it_and_the_row_stays(shared: VersionShare, other: Project, lea: User) -> None:
    assert sharing.end(shared, lea) and not sharing.end(shared, lea)
    with inside(other.pk):
        assert not VersionShare.objects.get().is_open


def test_twice_is_once_and_after_an_end_it_begins_anew(shared: VersionShare, other: Project, lea: User) -> None:
    assert sharing.share(VersionShare, shared.version, other, lea) == shared
    sharing.end(shared, lea)
    assert sharing.share(VersionShare, shared.version, other, lea) != shared


@pytest.mark.parametrize("role", [Role.ANNOTATOR, None])
def test_it_needs_the_right_in_both_projects(other: Project, lea: User, role: Role | None) -> None:
    Membership.objects.filter(project=other).delete()
    if role:
        Membership.objects.create(user=lea, project=other, role=role)
    with pytest.raises(PermissionDenied):
        sharing.share(VersionShare, version([prompt()]), other, lea)


def test_who_may_not_ends_nothing(shared: VersionShare, ann: User) -> None:
    with pytest.raises(PermissionDenied, match="To share a version you need the right to manage data"):
        sharing.end(shared, ann)
    assert VersionShare.given.get().is_open


def test_both_projects_keep_a_record_that_names_nobody_of_the_owner_there(
    shared: VersionShare, other: Project
) -> None:
    assert AuditEntry.objects.get().words == "lea shared ours v1 with the project Team B"
    with inside(other.pk):
        assert AuditEntry.objects.get().words == "The project Tests shared ours v1 here"


def test_who_had_it_is_told_that_the_owner_was_deleted(shared: VersionShare, other: Project, ada: User) -> None:
    projects.erase(ada, Project.objects.get(slug="tests"), "tests")
    with inside(other.pk):
        told = AuditEntry.objects.order_by("-pk")[0].words
    assert told == "The project Tests was deleted, and no longer shares ours v1 here"


@pytest.mark.parametrize("erased", ["tests", "other"])
def test_either_project_can_be_erased(shared: VersionShare, other: Project, ada: User, erased: str) -> None:
    with inside(other.pk):
        made = run("create", state="succeeded")
        RunVersion.objects.create(run=made, version=shared.version, role="input", name="corpus")
    projects.erase(ada, Project.objects.get(slug=erased), erased)
    connection.check_constraints()
    with everywhere():
        assert not VersionShare.objects.exists() and Version.objects.exists() == (erased == "other")
