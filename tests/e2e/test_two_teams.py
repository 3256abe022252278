"""Two teams in two browsers: invited by links, each at its own work, and neither finds a trace of the other."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from annotation.demo import loading
from annotation.models import Collection, Judgment, Pair
from annotation.review.queue import open_slots
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import pair

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKED_AT = ("/", "/pairs/", "/people/", "/projects/", "/review/", "/api/v1/pairs/", "/api/v1/authors/")
PASSWORD = "battery staple 7"


@dataclass
class Team:
    """`word` stands in all that the team writes."""

    slug: str
    word: str
    lead: Page
    annotator: Page

    @property
    def traces(self) -> tuple[str, ...]:
        """What its texts, authors, collections and people are called; the word alone may be what was searched for."""
        return f"the {self.word}", f"-{self.word}", f"{self.word}-", self.slug.capitalize()

    @property
    def pages(self) -> tuple[Page, Page]:
        return self.lead, self.annotator


@pytest.fixture
def someone(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[[], Page]]:
    """A browser of somebody else."""
    contexts: list[BrowserContext] = []

    def open_one() -> Page:
        contexts.append(chromium.new_context(base_url=live_server.url))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def teams(browse_as: Callable[[User], Page], someone: Callable[[], Page], ada: User) -> list[Team]:
    """An admin makes two projects and invites a lead to each, who brings in a file and invites an annotator."""
    admin, made = browse_as(ada), []
    for slug, word in (("north", "heron"), ("south", "otter")):
        admin.goto("/projects/tests/projects/new/")
        admin.get_by_label("Name", exact=True).fill(slug.capitalize())
        admin.get_by_label("Short name").fill(slug)
        admin.get_by_role("button", name="Make the project").click()
        expect(admin.get_by_role("heading", name=f"Begin {slug.capitalize()}")).to_be_visible()
        lead = joined(someone(), link_by(admin, slug, "lead"), f"lead-{word}")
        bring_in(lead, slug, word)
        annotator = joined(someone(), link_by(lead, slug, "annotator"), f"annotator-{word}")
        made.append(Team(slug, word, lead, annotator))
    return made


def link_by(page: Page, slug: str, role: str) -> str:
    page.goto(f"/projects/{slug}/people/invitations/new/")
    page.locator(f"input[value={role}]").check()
    page.get_by_role("button", name="Make the link").click()
    return page.locator(".secret code").inner_text()


def joined(page: Page, link: str, name: str) -> Page:
    page.goto(link)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_text("Your account is made")).to_be_visible()
    return page


def bring_in(page: Page, slug: str, word: str) -> None:
    """Four pairs, sent to review."""
    answers = [
        {"text": f"The {word} swims.", "author": f"{word}-a"},
        {"text": f"The {word} flies.", "author": f"{word}-b"},
    ]
    lines = [{"prompt": f"Does the {word} swim, {n}?", "responses": answers} for n in range(4)]
    page.goto(f"/projects/{slug}/import/")
    page.locator("[name=format][value=pairs]").check(force=True)
    written = "\n".join(map(json.dumps, lines)).encode()
    file: FilePayload = {"name": f"{word}.jsonl", "mimeType": "application/jsonl", "buffer": written}
    page.set_input_files("input[type=file]", file)
    page.get_by_label("Short name of the new collection").fill(f"{word}-pairs")
    page.locator("button[value=take]").click()
    expect(page.get_by_text("is imported into")).to_be_visible()
    page.goto(f"/projects/{slug}/pairs/")
    expect(page.locator("tbody tr")).to_have_count(4)


def test_each_judges_its_own_pairs_and_neither_finds_a_trace_of_the_other(teams: list[Team]) -> None:
    north, south = teams
    for team, other in ((north, south), (south, north)):
        judge_two(team)
        look_for(other, team)


def judge_two(team: Team) -> None:
    project = Project.objects.get(slug=team.slug).pk
    with inside(project):
        open_slots(Pair.objects.all())
    page = team.annotator
    page.goto("/review/")
    for _ in range(2):
        expect(page.get_by_text(f"Does the {team.word} swim").first).to_be_visible()
        page.keyboard.press("1")
        page.wait_for_timeout(400)
    with inside(project):
        assert set(Judgment.objects.values_list("author__name", flat=True)) == {f"annotator-{team.word}"}


def look_for(other: Team, team: Team) -> None:
    """On pages, by search, by the API and by guesses of an id."""
    with everywhere():
        theirs = Pair.objects.filter(collection__slug=f"{other.word}-pairs").latest("pk")
    for page in team.pages:
        for path in (*LOOKED_AT, f"/search/?q={other.word}"):
            page.goto(f"/projects/{team.slug}{path}")
            said = page.content()
            assert not [trace for trace in other.traces if trace in said], path
        for guess in (f"/pairs/{theirs.pk}/", f"/api/v1/pairs/{theirs.pk}/"):
            assert answer(page, f"/projects/{team.slug}{guess}") in {403, 404}
            assert answer(page, f"/projects/{other.slug}{guess}") == 404


def answer(page: Page, path: str) -> int:
    response = page.goto(path)
    assert response
    return response.status


def test_the_playground_is_deleted_and_nothing_else_changes(browse_as: Callable[[User], Page], ada: User) -> None:
    kept = pair()
    playground = Project.objects.create(slug="playground", name="Playground")
    with inside(playground.pk):
        loading.load()
    page = browse_as(ada)
    page.goto("/projects/playground/project/")
    page.get_by_label("Type playground to confirm").fill("playground")
    page.get_by_role("button", name="Delete the project").click()
    expect(page.get_by_text("Playground is deleted")).to_be_visible()
    with everywhere():
        assert [one.pk for one in Pair.objects.all()] == [kept.pk] and Collection.objects.count() == 1
    assert not Project.objects.filter(slug="playground").exists()
