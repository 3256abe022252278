"""The list of projects, the menu that switches them, and the form that makes one."""

from collections.abc import Callable

import pytest
from django.test import Client

from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.frontend.counting import queries
from tests.frontend.machines import running

SignIn = Callable[[User], Client]

NEW = {"name": "Alignment Q4", "slug": "alignment-q4", "description": "Harmless and helpful."}


@pytest.fixture
def other(db: None) -> Project:
    return Project.objects.create(slug="other", name="Somebody else's")


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/projects/", "/projects/new/", "/project/switch/"])
def test_a_stranger_is_asked_to_sign_in(outsider: Client, path: str) -> None:
    answer = outsider.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("path", ["/projects/", "/project/switch/"])
def test_nobody_is_shown_a_project_that_is_not_theirs(signed_in: SignIn, lea: User, other: Project, path: str) -> None:
    said = text(signed_in(lea), path)
    assert "Tests" in said and "Somebody else" not in said


def test_an_admin_is_shown_all(signed_in: SignIn, ada: User, other: Project) -> None:
    assert "Somebody else" in text(signed_in(ada), "/projects/")


def test_a_member_of_none_is_told_what_to_do(signed_in: SignIn, other: Project) -> None:
    guest = User.objects.create_user("guest")
    assert "You are in no project yet" in text(signed_in(guest), "/projects/")


def test_ten_projects_cost_no_more_queries(signed_in: SignIn, lea: User) -> None:
    client = signed_in(lea)
    few = queries(client, "/projects/")
    for number in range(10):
        made = Project.objects.create(slug=f"p{number}", name=f"P {number}")
        Membership.objects.create(project=made, user=lea, role=Role.LEAD)
    assert queries(client, "/projects/") == few == 6


def test_stages_are_at_work_with_their_recipe(signed_in: SignIn, lea: User) -> None:
    running(parent=running(kind="recipe"), stage="sft")
    assert "1 run at work in Tests" in text(signed_in(lea), "/projects/")


def test_a_lead_makes_one_and_is_its_lead(signed_in: SignIn, lea: User) -> None:
    answer = signed_in(lea).post("/projects/new/", NEW)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/projects/alignment-q4/")
    made = Project.objects.get(slug="alignment-q4")
    assert Membership.objects.get(project=made).role == Role.LEAD
    with inside(made.pk):
        assert AuditEntry.objects.get().words == "lea made the project alignment-q4"


def test_an_annotator_makes_none(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    assert client.post("/projects/new/", NEW).status_code == client.get("/projects/new/").status_code == 403
    assert "New project" not in text(client, "/projects/")
    assert not Project.objects.filter(slug=NEW["slug"]).exists()


@pytest.mark.parametrize(("slug", "says"), [("tests", "already exists"), ("new", "another page"), ("a b", "valid")])
def test_an_address_that_cannot_be_is_refused_beside_its_field(
    signed_in: SignIn, lea: User, slug: str, says: str
) -> None:
    page = signed_in(lea).post("/projects/new/", NEW | {"slug": slug})
    assert page.status_code == 200 and says in page.content.decode()


def test_the_menu_marks_the_project_at_work_and_leaves_the_archived_out(
    signed_in: SignIn, lea: User, other: Project
) -> None:
    Membership.objects.create(project=other, user=lea, role=Role.LEAD)
    said = text(signed_in(lea), "/project/switch/")
    assert (
        'href="/projects/tests/" aria-current="true"' in " ".join(said.split()) and 'href="/projects/other/"' in said
    )
    Project.objects.filter(pk=other.pk).update(archived_at="2026-11-01T00:00Z")
    assert "other" not in text(signed_in(lea), "/project/switch/")


def test_an_empty_project_offers_three_ways_to_begin(signed_in: SignIn, ada: User, lea: User) -> None:
    assert "Drop a file" in text(signed_in(ada), "/") and "Register a model" in text(signed_in(ada), "/")
    assert "Connect a judge" in text(signed_in(lea), "/") and "Register a model" not in text(signed_in(lea), "/")
