"""Two teams in two browsers: invited by links, each at its own work, and neither finds a trace of the other."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

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
from tests.e2e.keying import READ
from tests.e2e.reviewing import settled, wait
from tests.frontend import machines
from tests.visiting import visit
from training.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKED_AT = ("/", "/pairs/", "/people/", "/projects/", "/review/", "/api/v1/pairs/", "/api/v1/authors/")
PASSWORD = "battery staple 7"
# A person holds a few pairs ahead: there is enough for three.
ANNOTATORS, EACH_JUDGES, PAIRS = 3, 2, 45


@dataclass
class Team:
    """`word` stands in all that the team writes."""

    slug: str
    word: str
    lead: Page
    annotators: list[Page]

    @property
    def traces(self) -> tuple[str, ...]:
        """What its texts, authors, collections and people are called; the word alone may be what was searched for."""
        return f"the {self.word}", f"-{self.word}", f"{self.word}-", self.slug.capitalize()

    @property
    def pages(self) -> list[Page]:
        return [self.lead, *self.annotators]


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
    """An admin makes two projects and invites a lead to each, who brings in a file and invites three annotators."""
    admin, made = browse_as(ada), []
    for slug, word in (("north", "heron"), ("south", "otter")):
        admin.goto("/projects/tests/projects/new/")
        admin.get_by_label("Name", exact=True).fill(slug.capitalize())
        admin.get_by_label("Short name").fill(slug)
        admin.get_by_role("button", name="Make the project").click()
        expect(admin.get_by_role("heading", name=f"Begin {slug.capitalize()}")).to_be_visible()
        lead = joined(someone(), link_by(admin, slug, "lead"), f"lead-{word}")
        bring_in(lead, slug, word)
        link = link_by(lead, slug, "annotator", uses=ANNOTATORS)
        made.append(Team(slug, word, lead, [joined(someone(), link, f"{word}-{n}") for n in range(ANNOTATORS)]))
    return made


def link_by(page: Page, slug: str, role: str, uses: int = 1) -> str:
    page.goto(f"/projects/{slug}/people/invitations/new/")
    page.locator(f"input[value={role}]").check()
    page.locator("[name=uses]").fill(str(uses))
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
    """Pairs from a file."""
    answers = [
        {"text": f"The {word} swims.", "author": f"{word}-a"},
        {"text": f"The {word} flies.", "author": f"{word}-b"},
    ]
    lines = [{"prompt": f"Does the {word} swim, {n}?", "responses": answers} for n in range(PAIRS)]
    page.goto(f"/projects/{slug}/import/")
    page.locator("[name=format][value=pairs]").check(force=True)
    written = "\n".join(map(json.dumps, lines)).encode()
    file: FilePayload = {"name": f"{word}.jsonl", "mimeType": "application/jsonl", "buffer": written}
    page.set_input_files("input[type=file]", file)
    page.get_by_label("Short name of the new collection").fill(f"{word}-pairs")
    page.locator("button[value=take]").click()
    expect(page.get_by_text("is imported into")).to_be_visible()
    page.goto(f"/projects/{slug}/pairs/")
    expect(page.locator("tbody tr")).to_have_count(PAIRS)


def test_each_judges_its_own_pairs_and_neither_finds_a_trace_of_the_other(teams: list[Team]) -> None:
    for team in teams:
        with inside(Project.objects.get(slug=team.slug).pk):
            open_slots(Pair.objects.all())
            machines.running(name=f"the {team.word} learns")
    for pages in zip(*(team.annotators for team in teams), strict=True):
        judge_at_once(pages, teams)
    north, south = teams
    for team, other in ((north, south), (south, north)):
        assert authors(team) == {f"{team.word}-{n}" for n in range(ANNOTATORS)}
        look_for(other, team)
        take_out(other, team)


def judge_at_once(pages: tuple[Page, ...], teams: list[Team]) -> None:
    """One person of each team, in turn at each pair."""
    for page in pages:
        page.clock.install()
        page.goto("/review/")
    for judged in range(EACH_JUDGES):
        for page, team in zip(pages, teams, strict=True):
            expect(page.get_by_text(f"Does the {team.word} swim").first).to_be_visible()
            wait(page, float(page.evaluate(READ)))
            page.keyboard.press("1")
            expect(page.locator("[data-today]")).to_have_text(str(judged + 1))
    for page in pages:
        settled(page)


def authors(team: Team) -> set[str]:
    with inside(Project.objects.get(slug=team.slug).pk):
        assert Judgment.objects.count() == ANNOTATORS * EACH_JUDGES
        return set(Judgment.objects.values_list("author__name", flat=True))


def look_for(other: Team, team: Team) -> None:
    """On pages, by search, by the API, by guesses of an id, and in the log of a run."""
    with everywhere():
        theirs = Pair.objects.filter(collection__slug=f"{other.word}-pairs").latest("pk").pk
        at_work = Run.objects.get(name=f"the {other.word} learns").pk
    guesses = (f"/pairs/{theirs}/", f"/api/v1/pairs/{theirs}/", f"/runs/{at_work}/", f"/api/v1/runs/{at_work}/log/")
    searched = f"/search/?q={other.word}"
    for page in team.pages:
        for path in (*LOOKED_AT, searched):
            assert not found(other, page.request.get(f"/projects/{team.slug}{path}").text()), path
        for guess in guesses:
            assert page.request.get(f"/projects/{team.slug}{guess}").status in {403, 404}
            assert page.request.get(f"/projects/{other.slug}{guess}").status == 404
    # And what a browser makes of them, with what pages fetch later.
    for page, path in product(team.pages[:2], ("/", "/people/", searched)):
        visit(page, f"/projects/{team.slug}{path}")
        assert not found(other, page.content()), path


def found(other: Team, said: str) -> list[str]:
    return [trace for trace in other.traces if trace in said]


def take_out(other: Team, team: Team) -> None:
    """What the lead exports is all that the team has, and nothing of the other; nobody exports for somebody else."""
    exported = team.lead.request.get(f"/projects/{team.slug}/api/v1/pairs/export/")
    assert exported.ok and len(exported.text().splitlines()) == PAIRS
    assert not found(other, exported.text())
    assert team.lead.request.get(f"/projects/{other.slug}/api/v1/pairs/export/").status == 404
    assert team.annotators[0].request.get(f"/projects/{team.slug}/api/v1/pairs/export/").status == 403


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
