"""What surrounds every page: places, health, running jobs, the palette, the theme, errors."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from annotation.judges.config.registry import load
from annotation.models import Collection
from frontend.kit.navigation import PLACES
from studio.accounts.models import User
from studio.monitoring import health
from tests.annotation.making import author
from tests.conftest import HERE
from tests.frontend.markup import tight
from training.models import Run

SignIn = Callable[[User], Client]
# Of a page that was asked for in no project.
HTML = '<html lang="en" data-root=""'


def opening(client: Client, path: str) -> str:
    """The tag that opens a page, as if on one line."""
    return " ".join(client.get(path).content.decode().partition("<head>")[0].split()).replace(" >", ">")


def found(client: Client, words: str = "") -> dict[str, list[str]]:
    """Titles of what the palette offers, by group."""
    groups: list[dict[str, Any]] = client.get("/palette/", {"q": words}).json()["groups"]
    return {group["title"]: [item["title"] for item in group["items"]] for group in groups}


@pytest.mark.parametrize("path", ["/frame/", "/palette/"])
def test_a_stranger_gets_nothing_of_the_frame(outsider: Client, path: str) -> None:
    assert outsider.get(path).status_code == 302


def test_an_annotator_is_shown_only_places_that_are_theirs(signed_in: SignIn, ann: User) -> None:
    page = signed_in(ann).get("/settings/").content.decode()
    assert 'href="/review/"' in page
    assert 'href="/runs/"' not in page
    assert "/admin/" not in page


def test_a_lead_is_shown_the_whole_circle_in_its_order(signed_in: SignIn, lea: User) -> None:
    page = tight(signed_in(lea).get("/settings/").content.decode())
    shown = re.findall(r'class="place" href="([^"]+)"', page)
    assert shown[: len(PLACES)] == [place.path for place in PLACES]


def test_the_place_where_one_is_is_marked(signed_in: SignIn, lea: User) -> None:
    page = tight(signed_in(lea).get("/settings/tokens/").content.decode())
    assert page.count('class="place" href') == len(PLACES) + 3  # people, projects, settings
    assert page.count('aria-current="page">', 0, page.index("<main")) == 2  # the place and the breadcrumb


def test_no_two_places_have_the_same_key() -> None:
    assert len({place.key for place in PLACES}) == len(PLACES)


def test_health_is_told_in_words_with_what_mends_it(
    signed_in: SignIn, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = health.Check("gpu", False, "The GPU worker is down. Start it: celery -A studio worker -Q gpu")
    monkeypatch.setattr(health, "report", lambda: health.Report((down,), made_at=0.0))
    fragment = signed_in(ann).get("/frame/").content.decode()
    assert "1 problem" in fragment
    assert "Start it: celery -A studio worker -Q gpu" in fragment


def test_running_jobs_are_counted_for_those_who_may_see_them(signed_in: SignIn, ann: User, eli: User) -> None:
    fields = {"kind": "recipe", "spec": {}, "queue": "cpu", "state": "running"}
    Run.objects.create(name="secret run", done=1, total=4, **fields)
    assert 'stroke-dasharray="25.0 100"' in signed_in(eli).get("/frame/").content.decode()
    assert "secret run" not in signed_in(ann).get("/frame/").content.decode()


def test_the_palette_offers_places_first(signed_in: SignIn, lea: User) -> None:
    assert found(signed_in(lea))["Go to"][:2] == ["Home", "Collections"]


def test_the_palette_finds_collections_and_runs_by_name(signed_in: SignIn, lea: User) -> None:
    Collection.objects.create(slug="poems", name="Autumn poems")
    Run.objects.create(kind="dpo", name="DPO on autumn", spec={}, queue="gpu")
    offered = found(signed_in(lea), "autumn")
    assert offered["Collections"] == ["Autumn poems"]
    assert offered["Runs"] == ["DPO on autumn"]


def test_the_palette_finds_a_new_run_by_its_words(signed_in: SignIn, lea: User, eli: User) -> None:
    assert found(signed_in(eli), "new dpo")["Do"] == ["New DPO run"]
    assert found(signed_in(eli), "DPO new")["Do"] == ["New DPO run"]
    assert found(signed_in(eli), "new create")["Do"] == ["New run: create a model"]
    assert "Do" not in found(signed_in(lea), "new dpo")
    assert found(signed_in(lea), "new judge")["Do"] == ["New judge run"]


def test_the_palette_finds_published_models_judges_and_help(signed_in: SignIn, lea: User) -> None:
    author("llama-2-chat")
    author("llama-judge", "judge")
    offered = found(signed_in(lea), "llama")
    assert (offered["Models"], offered["Judges"]) == (["llama-2-chat"], ["llama-judge"])
    assert "Help: the keys of this page" in found(signed_in(lea), "help")["Help"]


def test_signs_alone_find_nothing_but_what_has_them(signed_in: SignIn, lea: User) -> None:
    assert set(found(signed_in(lea), "?")) == {"Search"}
    assert "Go to" in found(signed_in(lea), " ")


def test_the_palette_finds_a_judge_that_was_never_asked(signed_in: SignIn, lea: User, ann: User) -> None:
    client = signed_in(lea)
    last = client.get("/palette/", {"q": "xwin_p"}).json()["groups"][-1]
    assert (last["title"], last["items"][0]["url"]) == ("New judges", f"{HERE}/runs/new/judge/?judge=xwin_pair")
    assert "New judges" not in found(signed_in(ann), "xwin_p")
    author(load("xwin_pair").author_name, "judge")
    assert "New judges" not in found(client, "xwin_p")


def test_the_palette_tells_an_annotator_nothing_of_the_rest(signed_in: SignIn, ann: User) -> None:
    Run.objects.create(kind="dpo", name="Review model", spec={}, queue="gpu")
    assert found(signed_in(ann), "review") == {"Go to": ["Review"]}


def test_the_palette_offers_only_acts_that_one_may_do(signed_in: SignIn, ann: User, lea: User, eli: User) -> None:
    assert "Do" not in found(signed_in(ann))
    assert "Start the recipe xwin" not in found(signed_in(lea))["Do"]
    assert "Start the recipe xwin" in found(signed_in(eli))["Do"]


def test_words_are_quoted_into_the_address(signed_in: SignIn, lea: User) -> None:
    groups = signed_in(lea).get("/palette/", {"q": "a&b=c"}).json()["groups"]
    assert groups[0]["items"][0]["url"].endswith("?q=a%26b%3Dc")


@pytest.mark.parametrize(("cookie", "html"), [("dark", f'{HTML} data-theme="dark">'), ("", f"{HTML}>")])
def test_the_theme_is_there_from_the_first_byte(outsider: Client, cookie: str, html: str) -> None:
    outsider.cookies["theme"] = cookie
    assert html in opening(outsider, "/sign-in/")


def test_who_is_signed_in_has_their_own_theme_and_keys_in_any_browser(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    client.cookies["theme"] = "light"
    assert f"{HTML}>" in opening(client, "/settings/")
    User.objects.update(theme="dark", single_keys=False)
    assert f'{HTML} data-theme="dark" data-single-keys="off">' in opening(client, "/settings/")


def test_a_theme_from_a_forged_cookie_is_ignored(outsider: Client) -> None:
    outsider.cookies["theme"] = 'x"onload="alert(1)'
    assert f"{HTML}>" in opening(outsider, "/sign-in/")


@pytest.mark.django_db
def test_an_address_that_is_not_there_says_so(outsider: Client) -> None:
    answer = outsider.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_page_for_others_says_which_role_it_wants(signed_in: SignIn, ann: User) -> None:
    answer = signed_in(ann).get("/prompts/")
    assert answer.status_code == 403
    assert "This page is for those who may read data. Ask an admin for the role." in answer.content.decode()


def test_an_error_of_ours_has_a_page_that_needs_nothing() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "The studio made an error" in answer.content.decode()


def test_a_form_without_its_token_says_what_mends_it(ann: User) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "ann", "password": "correct horse"})
    assert answer.status_code == 403
    assert "reload the page and send it again" in tight(answer.content.decode())
