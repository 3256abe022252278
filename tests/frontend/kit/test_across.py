"""Lists of all projects of whoever asks: of those where they may read the data, and of no others."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Version
from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, run

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
LISTS = ("/runs/", "/checkpoints/", "/datasets/")
ROLES = {"leads": Role.LEAD, "annotates": Role.ANNOTATOR, "stranger": None}


@pytest.fixture
def client(signed_in: SignIn, lea: User) -> Client:
    """Of somebody who reads two projects, annotates in a third, and is no member of a fourth; each has all three."""
    fill("tests")
    for slug, role in ROLES.items():
        made = Project.objects.create(slug=slug, name=f"Project {slug}")
        if role:
            Membership.objects.create(user=lea, project=made, role=role)
        with inside(made.pk):
            fill(slug)
    return signed_in(lea)


def fill(word: str) -> None:
    run(name=f"of-{word}")
    checkpoint(f"of-{word}")
    Version.objects.create(
        name=f"of-{word}", number=1, kind="prompts", definition={}, counts={"items": 1, "train": 1, "test": 0}
    )


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_of_this_project_until_one_asks_for_all(client: Client, path: str) -> None:
    said = text(client, path)
    assert "of-tests" in said and "of-leads" not in said
    assert 'href="?projects=all"' in said


@pytest.mark.parametrize("path", LISTS)
def test_all_are_those_where_one_may_read_and_each_row_leads_into_its_project(client: Client, path: str) -> None:
    said = text(client, f"{path}?projects=all")
    assert "of-tests" in said and "of-leads" in said and "Project leads" in said
    assert "of-annotates" not in said and "of-stranger" not in said and "stranger" not in said
    assert f'href="/projects/leads{path}' in said and f'href="/projects/tests{path}' in said


@pytest.mark.parametrize("path", LISTS)
def test_a_search_and_a_count_stay_among_them(client: Client, path: str) -> None:
    assert client.get(f"{path}?projects=all&count=1").content == b"2"
    assert client.get(f"{path}?projects=all&q=stranger&count=1").content == b"0"


def test_the_links_of_a_row_of_another_project_lead_to_pages_that_are_there(client: Client) -> None:
    with inside(Project.objects.get(slug="leads").pk):
        theirs = run(name="a run beside").pk
    assert f'href="/projects/leads/runs/{theirs}/"' in text(client, "/runs/?projects=all")
    assert client.get(f"/projects/leads/runs/{theirs}/").status_code == 200


def test_who_is_in_one_project_is_offered_no_other_view(signed_in: SignIn, eli: User) -> None:
    assert "All my projects" not in text(signed_in(eli), "/runs/")


def test_more_projects_cost_one_query_and_no_more(client: Client, lea: User) -> None:
    alone, among = queries(client, "/runs/"), queries(client, "/runs/?projects=all")
    for number in range(5):
        Membership.objects.create(
            user=lea, project=Project.objects.create(slug=f"p{number}", name="P"), role=Role.ENGINEER
        )
    assert queries(client, "/runs/?projects=all") == among == alone + 1


def test_the_list_of_projects_says_in_each_what_waits_and_what_runs(client: Client) -> None:
    said = text(client, "/projects/")
    assert said.count("1 run at work in") == 2 and "at work in Project annotates" not in said
