"""The project at work: who changes, archives, leaves and deletes it."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Assignment, Collection
from studio.accounts.acts import invitations
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import pair
from training.models import Run

SignIn = Callable[[User], Client]

ACTS = ("archive", "restore", "delete")


@pytest.mark.parametrize("path", ["", "contents/", *(f"{act}/" for act in (*ACTS, "leave"))])
def test_a_stranger_is_asked_to_sign_in(outsider: Client, path: str) -> None:
    assert outsider.post(f"/project/{path}").headers["Location"] == f"/sign-in/?next=/project/{path}"


@pytest.mark.parametrize("act", ACTS)
def test_an_annotator_changes_nothing(signed_in: SignIn, ann: User, project: Project, act: str) -> None:
    client = signed_in(ann)
    assert client.post(f"/project/{act}/", {"slug": project.slug}).status_code == 403
    client.post("/project/", {"name": "Mine"})
    project.refresh_from_db()
    assert (project.name, project.archived_at) == ("Tests", None)


@pytest.mark.parametrize("act", [*ACTS, "leave"])
def test_a_link_alone_does_nothing(signed_in: SignIn, ada: User, act: str) -> None:
    assert signed_in(ada).get(f"/project/{act}/").status_code == 405


def test_an_annotator_is_not_told_what_belongs_to_it(signed_in: SignIn, ann: User) -> None:
    assert signed_in(ann).get("/project/contents/").status_code == 403


def test_a_lead_changes_its_words_and_no_address(signed_in: SignIn, lea: User, project: Project) -> None:
    signed_in(lea).post("/project/", {"name": "Better", "description": "So.", "slug": "elsewhere"})
    project.refresh_from_db()
    assert (project.name, project.description, project.slug) == ("Better", "So.", "tests")


def test_it_says_what_belongs_to_it(signed_in: SignIn, lea: User) -> None:
    pair()
    page = " ".join(signed_in(lea).get("/project/contents/").content.decode().split())
    assert "<dt>Pairs</dt> <dd>1</dd>" in page and "<dt>Responses</dt> <dd>2</dd>" in page


def test_it_says_what_is_not_finished(signed_in: SignIn, lea: User, ann: User) -> None:
    invitations.invite(lea, Role.ANNOTATOR)
    Run.objects.create(kind="sft", name="SFT", spec={}, queue="gpu")
    Assignment.objects.create(pair=pair(), number=1, state="leased", annotator=ann, leased_until="2099-01-01T00:00Z")
    page = " ".join(signed_in(lea).get("/project/contents/").content.decode().split())
    assert "Not finished: 1 run queued or running, 1 pair open with people, 1 open invitation." in page


def test_an_archived_one_is_read_and_not_changed_until_it_is_restored(signed_in: SignIn, lea: User) -> None:
    client = signed_in(lea)
    client.post("/project/archive/")
    assert client.get("/pairs/").status_code == 200
    refused = client.post("/prompts/collections/new/", {"name": "N", "slug": "n", "overlap": 1})
    assert refused.status_code == 403 and "This project is archived" in refused.content.decode()
    client.post("/project/restore/")
    assert client.post("/prompts/collections/new/", {"name": "N", "slug": "n", "overlap": 1}).status_code == 302
    says = AuditEntry.objects.order_by("pk").values_list("words", flat=True)
    assert list(says) == ["lea archived the project tests", "lea restored the project tests"]


def test_who_leaves_keeps_nothing_open_and_finds_nothing_any_more(signed_in: SignIn, ann: User) -> None:
    one = pair()
    Assignment.objects.create(pair=one, number=1, state="leased", annotator=ann, leased_until="2099-01-01T00:00Z")
    client = signed_in(ann)
    assert client.post("/project/leave/").headers["Location"] == "/projects/"
    assert Assignment.objects.get().state == "waiting" and not Membership.objects.exists()
    assert client.get("/review/").status_code == 404


@pytest.mark.parametrize("typed", ["", "test", "Tests"])
def test_nothing_is_deleted_unless_its_short_name_is_typed(signed_in: SignIn, ada: User, typed: str) -> None:
    pair()
    page = signed_in(ada).post("/project/delete/", {"slug": typed}, follow=True)
    assert "Type tests to delete this project" in page.content.decode() and Collection.objects.exists()


def test_a_lead_does_not_delete_it(signed_in: SignIn, lea: User, project: Project) -> None:
    assert signed_in(lea).post("/project/delete/", {"slug": project.slug}).status_code == 403


def test_an_admin_deletes_it_and_the_record_outlives_it(signed_in: SignIn, ada: User, lea: User) -> None:
    other = Project.objects.create(slug="other", name="Other")
    Membership.objects.create(project=other, user=lea, role=Role.LEAD)
    with inside(other.pk):
        kept = pair()
    pair()
    assert signed_in(ada).post("/project/delete/", {"slug": "tests"}).headers["Location"] == "/projects/"
    with everywhere():
        assert [one.pk for one in Collection.objects.all()] == [kept.collection_id]
        assert AuditEntry.objects.get().words == "ada deleted the project tests"
    assert list(Membership.objects.values_list("project__slug", flat=True)) == ["other"]
