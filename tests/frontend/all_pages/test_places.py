"""Every place and page: it answers whom it should, and stands in a real browser in both themes at three widths."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from frontend.kit.navigation import ADMIN, PEOPLE, PLACES, SETTINGS, Place
from studio.accounts.models import User
from tests.accessibility import grave_findings
from tests.frontend.filled import Filled, fill
from training.runs.kinds import KINDS

SignIn = Callable[[User], Client]
EVERY_PLACE = [*PLACES, PEOPLE, SETTINGS, ADMIN]
WIDTHS = (1440, 1024, 768)
# A browser takes a second for each page, and several on a busy machine: no test should look at too many.
PARTS = 4
PAPER = "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
BROKEN = "<title>X</title><p style='width: 2000px'>x</p><img src='http://127.0.0.1:9/x.png'>"
# Unfold draws its icons, whose names are no text to be read, in pale grey; select2 is Django's own.
NOT_OURS = (".material-symbols-outlined", ".select2")


def by_name(place: Place) -> str:
    return place.name


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_an_admin_enters_every_place(signed_in: SignIn, ada: User, place: Place) -> None:
    assert signed_in(ada).get(place.path).status_code == 200


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_a_stranger_is_sent_to_sign_in(outsider: Client, place: Place) -> None:
    response = outsider.get(place.path)
    assert response.status_code == 302
    assert "next=" in response.headers["Location"]


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_an_annotator_enters_what_is_theirs_and_nothing_else(signed_in: SignIn, ann: User, place: Place) -> None:
    # Django's admin sends on to its own sign-in whom it does not let in.
    turned_away = 302 if place is ADMIN else 403
    assert signed_in(ann).get(place.path).status_code == (200 if ann.can(place.capability) else turned_away)


def test_a_browser_finds_the_mark_where_it_looks_for_it(outsider: Client) -> None:
    response = outsider.get("/favicon.ico")
    assert (response.status_code, response.headers["Location"]) == (302, static("mark.svg"))
    assert finders.find("mark.svg")


def pages(made: Filled) -> list[str]:
    """The address of every page of the studio's own, with something on it."""
    compared = "&".join(f"c={one.author_id}" for one in made.checkpoints)
    return [
        *(place.path for place in [*PLACES, PEOPLE, SETTINGS]),
        f"/people/{User.objects.get(invitation__isnull=False).pk}/account/",
        "/people/invitations/",
        "/people/invitations/new/",
        "/people/audit/",
        "/settings/tokens/",
        "/settings/sessions/",
        "/settings/password/",
        "/prompts/collections/",
        "/prompts/collections/demo/",
        "/prompts/collections/demo/edit/",
        "/prompts/collections/new/",
        f"/prompts/{made.prompt.pk}/",
        f"/pairs/{made.pair.pk}/",
        "/review/demo/",
        "/review/my/judgments/",
        "/review/my/flags/",
        "/people/activity/",
        f"/people/{made.pair.flags.get().author.user_id}/",
        f"/people/{made.pair.flags.get().author.user_id}/skips/",
        "/flags/",
        f"/flags/{made.pair.flags.get().pk}/",
        "/datasets/freeze/",
        f"/datasets/freeze/?next={made.version.pk}",
        f"/datasets/{made.version.pk}/",
        f"/datasets/{made.version.pk}/items/",
        f"/runs/{made.run.pk}/",
        f"/runs/{made.recipe.pk}/",
        "/runs/new/dpo/",
        f"/checkpoints/{made.checkpoint.pk}/",
        f"/compare/?{compared}",
        "/compare/?mode=live",
        "/import/",
        "/search/?q=animals",
        f"/evaluate/?run={made.recipe.pk}",
        "/evaluate/tasks/",
        "/judges/",
        "/arena/",
        "/arena/?styled=1",
        f"/benchmarks/{made.result.pk}/",
        f"/benchmarks/{made.result.pk}/answers/",
        f"/benchmarks/{made.result.pk}/answers/{made.result.verdicts.get().pk}/",
        "/leaderboards/",
        "/leaderboards/alpaca_eval/",
        f"/leaderboards/results/{made.results[0].pk}/",
        f"/leaderboards/compare/?a={made.results[0].pk}&b={made.results[1].pk}",
    ]


def admin_pages() -> list[str]:
    """The list of every model that the admin knows, the page of one, and the form of each kind of run."""
    found = ["/admin/"]
    for model in filter(admin.site.is_registered, apps.get_models()):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        one = model._default_manager.first()
        assert one is not None, f"{model.__name__}: nothing to look at; tests/frontend/filled.py should make one"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[one.pk])]
    return [*found, *(reverse("admin:training_run_launch", args=[kind]) for kind in KINDS)]


class Watched:
    """A page whose console and requests are watched; `troubles` says in words what should not be."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin, self.path = page, origin, ""
        self.troubles: list[str] = []
        page.on("console", self.hear)
        page.on("request", lambda request: self.follow(request.url))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.note(f"console: {said.text}")

    def follow(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.note(f"asks another host: {url}")

    def note(self, trouble: str) -> None:
        self.troubles.append(f"{self.path} {trouble}")

    def look_at(self, path: str) -> None:
        self.path = path
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        response = self.page.goto(path, wait_until="networkidle")
        if response is None or response.status != 200:
            self.note(f"answers {response and response.status}")
        self.examine()
        by_day = self.page.evaluate(PAPER)
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        # The admin asks for the system's theme once, when it loads.
        self.page.evaluate("document.documentElement.classList.add('dark')")
        if self.page.evaluate(PAPER) == by_day:
            self.note("is as bright by night")
        self.examine()

    def examine(self) -> None:
        for width in WIDTHS:
            self.measure(width)
        for finding in grave_findings(self.page, NOT_OURS):
            self.note(finding)

    def measure(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        found = self.page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            self.note(f"is {found} px wide where there are {width}")


@pytest.fixture
def watched(browse_as: Callable[[User], Page], ada: User, live_server: LiveServer) -> Watched:
    return Watched(browse_as(ada), live_server.url)


@pytest.fixture
def made(ada: User, settings: Any, tmp_path: Path) -> Filled:
    settings.RUNS_DIR = tmp_path
    return fill(ada)


def looked_at(watched: Watched, paths: list[str]) -> list[str]:
    for path in paths:
        watched.look_at(path)
    return watched.troubles


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_stands_at_every_width_by_day_and_by_night(watched: Watched, made: Filled, part: int) -> None:
    assert looked_at(watched, pages(made)[part::PARTS]) == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_the_admin_stands_at_every_width_by_day_and_by_night(
    watched: Watched, made: Filled, part: int
) -> None:
    assert looked_at(watched, admin_pages()[part::PARTS]) == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_watch_sees_what_it_should(watched: Watched) -> None:
    watched.page.route("**/settings/", lambda route: route.fulfill(status=500, body=BROKEN, content_type="text/html"))
    watched.look_at("/settings/")
    said = " ".join(watched.troubles)
    seen = ("answers 500", "console", "another host", "px wide", "image-alt", "bright by night")
    assert all(part in said for part in seen)
