"""The page that moves a collection: what it shows before, where it leads, and what stands where the collection was."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Collection
from annotation.moves.move import move
from annotation.moves.preview import Asked
from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import collection, judge, pair
from tests.annotation.moves.filled import unmix
from tests.conftest import HERE, person
from tests.frontend.all_pages.test_links import crawl
from tests.frontend.filled import fill
from tests.frontend.machines import run, version
from tests.teams import team_b
from training.models import Run, RunVersion
from training.runs import launching

SignIn = Callable[[User], Client]
URL = "/prompts/collections/a-collection/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def other(lea: User) -> Project:
    judge(pair(), 1, "Grace", "person")
    return team_b(lea)


def test_the_preview_counts_names_people_and_writes_nothing(signed_in: SignIn, lea: User, other: Project) -> None:
    version(collection().prompts.all(), name="held out")
    page = signed_in(lea).get(f"{URL}move/preview/", {"project": "other", "slug": "a-collection"}).content.decode()
    assert all(said in page for said in ("Judgments", "Grace", "held out v1")) and "notice" not in page
    assert not Run.objects.exists()


def test_the_form_stands_under_collections_in_the_sheets_of_every_form(
    signed_in: SignIn, lea: User, other: Project
) -> None:
    collection()
    page = signed_in(lea).get(f"{URL}move/").content.decode()
    assert ">Prompts</a></li>" not in page and "pairing.css" not in page


def test_the_preview_says_what_is_in_the_way(signed_in: SignIn, lea: User, other: Project) -> None:
    run("judge", name="Busy", spec={"settings": {"collection": "a-collection"}})
    page = signed_in(lea).get(f"{URL}move/preview/", {"project": "other", "slug": "a-collection"})
    assert "Busy” is queued and works with it" in page.content.decode()


def test_moving_leads_to_its_run_and_then_to_the_collection(signed_in: SignIn, lea: User, other: Project) -> None:
    client = signed_in(lea)
    at = client.post(f"{URL}move/", {"project": "other", "slug": "moved"}).headers["Location"]
    made = Run.objects.get(kind="move")
    assert at == f"{HERE}/runs/{made.pk}/"
    moved = move(Asked(collection(), other, "moved"), lea, by_run=made.pk)
    Run.objects.update(state="succeeded", result={"move": moved.pk})
    assert 'href="/projects/other/prompts/collections/moved/"' in client.get(f"/runs/{made.pk}/").content.decode()


def test_what_is_in_the_way_refuses_it_on_the_page(signed_in: SignIn, lea: User, other: Project) -> None:
    run("judge", name="Busy", spec={"settings": {"collection": "a-collection"}})
    page = signed_in(lea).post(f"{URL}move/", {"project": "other", "slug": "moved"})
    assert page.status_code == 422 and "Busy" in page.content.decode() and not Run.objects.filter(kind="move")


def test_who_manages_no_other_project_is_told(signed_in: SignIn, lea: User) -> None:
    collection()
    assert "You manage no other project" in signed_in(lea).get(f"{URL}move/").content.decode()


@pytest.mark.parametrize("part", ["move/", "move/preview/"])
def test_it_is_not_for_annotators_nor_strangers(signed_in: SignIn, ann: User, outsider: Client, part: str) -> None:
    collection()
    assert signed_in(ann).get(URL + part).status_code == 403
    assert outsider.get(HERE + URL + part).status_code == 302


def test_a_project_that_one_may_not_fill_is_no_choice(signed_in: SignIn, lea: User, other: Project) -> None:
    Membership.objects.filter(project=other).update(role=Role.ANNOTATOR)
    answer = signed_in(lea).post(f"{URL}move/", {"project": "other", "slug": "moved"})
    assert b"Team B" not in answer.content and not Run.objects.exists()


def test_the_collection_says_where_it_came_from_and_its_old_address_where_it_is(
    signed_in: SignIn, lea: User, other: Project
) -> None:
    move(Asked(collection(), other, "moved"), lea)
    client = signed_in(lea)
    gone = client.get(URL)
    assert gone.status_code == 404 and "/projects/other/prompts/collections/moved/" in gone.content.decode()
    there = client.get("/projects/other/prompts/collections/moved/").content.decode()
    assert "moved here from" in there and 'href="/projects/tests/"' in there


def test_who_is_only_here_reads_the_words_without_a_link(signed_in: SignIn, lea: User, other: Project) -> None:
    made = RunVersion.objects.create(
        run=run("sft", state="succeeded"), version=version(collection().prompts.all()), role="input", name="train"
    )
    move(Asked(collection(), other, "moved"), lea)
    client = signed_in(person("Max", Role.LEAD))
    for address in (URL, f"/runs/{made.run_id}/"):
        page = client.get(address).content.decode()
        assert "Team B" in page and "/projects/other" not in page


def test_who_may_not_enter_is_told_to_ask_and_where_it_went_on_nobody_is(
    signed_in: SignIn, lea: User, ann: User, other: Project
) -> None:
    client = signed_in(person("Max", Role.LEAD))
    move(Asked(collection(), other, "moved"), lea)
    assert "Ask a lead of it for an invitation." in client.get(URL).content.decode()
    third = Project.objects.create(slug="third", name="Team C")
    Membership.objects.create(user=lea, project=third, role=Role.LEAD)
    with inside(other.pk):
        move(Asked(Collection.objects.get(), third, "moved"), lea)
    for one in (client, signed_in(lea)):
        page = one.get(URL).content.decode()
        assert "It has been moved again since." in page and "invitation" not in page and "Team C" not in page


def test_what_came_back_is_found_here(signed_in: SignIn, lea: User, other: Project) -> None:
    made = run("move", state="succeeded")
    went = move(Asked(collection(), other, "moved"), lea, by_run=made.pk)
    Run.objects.update(result={"move": went.pk})
    with inside(other.pk):
        move(Asked(Collection.objects.get(), Project.objects.get(slug="tests"), "back"), lea)
    for address in (URL, f"/runs/{made.pk}/"):
        page = signed_in(lea).get(address).content.decode()
        assert f'href="{HERE}/prompts/collections/back/"' in page and "Open it here" in page
    assert "was moved to the project Team B" in page


@pytest.mark.timeout(600)
def test_every_link_leads_somewhere_after_all_collections_went(signed_in: SignIn, ada: User, other: Project) -> None:
    fill(ada)
    unmix()
    for one in Collection.objects.all():
        move(Asked(one, other, one.slug), ada)
    lead = person("Max", Role.LEAD)
    followed = crawl(signed_in(lead), [f"{HERE}/runs/{pk}/" for pk in Run.objects.values_list("pk", flat=True)])
    assert {address: status for address, status in followed.items() if status >= 400} == {}
