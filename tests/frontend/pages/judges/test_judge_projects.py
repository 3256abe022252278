"""An admin says on the page of a judge which projects may ask it; nobody else learns their names."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.judges.config import registry
from annotation.models import Author, KeptJudge
from studio.accounts.models import AuditEntry, User
from studio.projects import erasing
from studio.projects.models import Project
from studio.projects.scope import everywhere
from tests.annotation.making import author
from tests.conftest import HERE
from tests.frontend.counting import queries

SignIn = Callable[[User], Client]


@pytest.fixture
def north(db: None) -> Project:
    return Project.objects.create(slug="north", name="North & Co")


@pytest.fixture
def rating(db: None) -> Author:
    """Of a judge that the studio has; it has judged nothing."""
    return registry.load("rating").author


def save(client: Client, judge: Author, *projects: Project | int | str) -> str:
    """What the page says afterwards."""
    chosen = [one.pk if isinstance(one, Project) else one for one in projects]
    answer = client.post(f"/judges/{judge.pk}/projects/", {"projects": chosen}, follow=True)
    assert answer.redirect_chain == [(f"{HERE}/judges/{judge.pk}/", 302)]
    return " ".join(answer.content.decode().split())


def test_who_does_not_administer_keeps_no_judge(
    signed_in: SignIn, outsider: Client, ann: User, eli: User, rating: Author, north: Project
) -> None:
    path, given = f"/judges/{rating.pk}/projects/", {"projects": [north.pk]}
    assert outsider.post(path, given).status_code == 302
    assert [signed_in(user).post(path, given).status_code for user in (ann, eli)] == [403, 403]
    assert outsider.get(path).status_code == 405
    assert not KeptJudge.objects.exists()


def test_an_admin_keeps_a_judge_and_opens_it_again_and_both_are_on_record(
    signed_in: SignIn, ada: User, rating: Author, project: Project, north: Project
) -> None:
    client = signed_in(ada)
    assert "for all projects" in client.get(f"/judges/{rating.pk}/").content.decode()
    assert "rating is only for North &amp; Co and " in save(client, rating, north, project)
    assert KeptJudge.objects.get().kept_to == sorted([north.pk, project.pk])
    assert "rating is for all projects from now on." in save(client, rating)
    with everywhere():
        said = list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))
    assert said == ["ada keeps the judge rating to north, tests", "ada keeps the judge rating to all projects"]


def test_what_changes_nothing_is_neither_kept_nor_on_record(
    signed_in: SignIn, ada: User, rating: Author, north: Project
) -> None:
    save(signed_in(ada), rating)
    assert not KeptJudge.objects.exists()
    for _ in range(2):
        save(signed_in(ada), rating, north)
    with everywhere():
        assert AuditEntry.objects.count() == 1


def test_the_page_stays_where_the_judge_may_not_be_asked_any_more_and_says_so(
    signed_in: SignIn, ada: User, lea: User, rating: Author, north: Project
) -> None:
    html = save(signed_in(ada), rating, north)
    assert "nobody can ask it here" in html and f'value="{north.pk}"' in html and "rating" not in registry.names()
    for path in (f"/judges/{rating.pk}/", "/judges/"):
        seen = signed_in(lea).get(path).content.decode()
        assert "North" not in seen and "north" not in seen and rating.name in seen
    assert "nobody can ask it here" in signed_in(lea).get(f"/judges/{rating.pk}/").content.decode()


def test_others_read_nothing_of_it_while_they_may_ask_it(
    signed_in: SignIn, lea: User, rating: Author, project: Project, north: Project
) -> None:
    before = signed_in(lea).get(f"/judges/{rating.pk}/").content.decode().count("project")
    KeptJudge.objects.create(name="rating", kept_to=[project.pk, north.pk])
    html = signed_in(lea).get(f"/judges/{rating.pk}/").content.decode()
    assert html.count("project") == before and "North" not in html


def test_its_page_asks_no_more_of_the_database_where_it_is_kept(
    signed_in: SignIn, ada: User, lea: User, rating: Author, north: Project
) -> None:
    lead, admin, path = signed_in(lea), signed_in(ada), f"/judges/{rating.pk}/"
    counts = [[queries(client, path) for client in (lead, admin)] for _ in range(2)][1:]
    KeptJudge.objects.create(name="rating", kept_to=[north.pk])
    for rows in (1, 10):
        Project.objects.bulk_create(Project(slug=f"more-{rows}-{n}", name="More") for n in range(rows))
        counts.append([queries(client, path) for client in (lead, admin)])
    assert counts[1][0] == counts[0][0] < counts[0][1] and counts[1] == counts[2]


def test_a_judge_that_the_studio_does_not_have_is_kept_by_nobody(signed_in: SignIn, ada: User, north: Project) -> None:
    elsewhere = [author("of a file", "judge"), Author.objects.create(kind="judge", name="x", details={"judge": ["x"]})]
    for one in elsewhere:
        assert 'data-opens="projects"' not in signed_in(ada).get(f"/judges/{one.pk}/").content.decode()
        answer = signed_in(ada).post(f"/judges/{one.pk}/projects/", {"projects": [north.pk]})
        assert answer.status_code == 404
    assert not KeptJudge.objects.exists()


@pytest.mark.parametrize("wrong", ["x", "999", "9" * 30, "\0"])
def test_a_project_that_there_is_not_is_refused(signed_in: SignIn, ada: User, rating: Author, wrong: str) -> None:
    html = save(signed_in(ada), rating, wrong)
    assert "A project that you chose is not there any more." in html or wrong == "\0"
    assert "from now on" not in html
    assert not KeptJudge.objects.exists()


def test_what_is_kept_to_deleted_projects_is_not_opened_by_an_empty_form(
    signed_in: SignIn, ada: User, rating: Author, project: Project, north: Project
) -> None:
    client, kept = signed_in(ada), KeptJudge.objects.create(name="rating", kept_to=[north.pk])
    erasing.erase(north)
    assert "those chosen are deleted" in client.get(f"/judges/{rating.pk}/").content.decode()
    assert "Choose one that may ask it" in save(client, rating)
    kept.refresh_from_db()
    assert not kept.is_for_all
    save(client, rating, project)
    assert "for all projects from now on" in save(client, rating)


def test_many_projects_are_counted(signed_in: SignIn, ada: User, rating: Author, north: Project) -> None:
    many = [Project.objects.create(slug=f"p{n}", name=f"P{n}") for n in range(4)]
    assert "rating is only for North &amp; Co, P0, P1 and 2 more from now on." in save(
        signed_in(ada), rating, north, *many
    )
