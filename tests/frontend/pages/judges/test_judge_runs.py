"""Forecast, trial and repair on their pages; and the whole of a judging run as a lead sees it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from annotation.datasets import versions
from annotation.judges.config.registry import load
from annotation.models import JudgeCall, Judgment, Pair, ProjectDefaults
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, completion, serving
from tests.annotation.judges.runs.test_repairs import answered
from tests.annotation.making import collection, pair, prompt, response
from tests.conftest import HERE
from tests.e2e.keying import listening
from tests.frontend.counting import queries
from tests.training.working import executed
from training.models import Run
from training.runs import launching

SignIn = Callable[[User], Client]
PARTS = ["/judging/forecast/", "/judging/repair/"]
ACTS = ["/judging/trial/", "/judging/repair/1/", "/judging/repair/again/", "/judging/repair/reparse/"]
CHOSEN = {"judge": "xwin_pair", "collection": "a-collection"}


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    settings.OPENAI_API_KEY = "sk-test"
    with serving(Endpoint(verdict=lambda first, second: f"Verdict: {'A++' if 'Seven' in first else 'B++'}")) as served:
        settings.OPENAI_BASE_URL = served.address
        yield served


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def page(client: Client, path: str, **query: Any) -> str:
    response = client.get(path, query)
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("path", [*PARTS, *ACTS])
def test_strangers_and_annotators_are_turned_away(outsider: Client, signed_in: SignIn, ann: User, path: str) -> None:
    ask = "post" if path in ACTS else "get"
    assert getattr(outsider, ask)(path).headers["Location"].startswith("/sign-in/")
    assert getattr(signed_in(ann), ask)(path).status_code == 403


@pytest.mark.parametrize("path", ACTS)
def test_nothing_happens_by_looking(lead: Client, path: str) -> None:
    assert lead.get(path).status_code == 405


def test_the_forecast_follows_what_is_chosen(lead: Client) -> None:
    assert "Choose a judge" in page(lead, "/judging/forecast/")
    pair()
    html = page(lead, "/judging/forecast/", **CHOSEN)
    for words in ("of 1 wait for xwin_pair v1", "assumed", "counted", "$0.0", "by the judge"):
        assert words in html
    assert "there is no forecast yet" in page(lead, "/judging/forecast/", judge="xwin_pair", input_responses="3")
    assert not JudgeCall.objects.exists()


def test_the_page_that_launches_asks_for_forecast_and_a_trial(lead: Client) -> None:
    html = page(lead, "/runs/new/judge/")
    assert f'hx-get="{HERE}/judging/forecast/"' in html and f'hx-post="{HERE}/judging/trial/"' in html
    assert 'name="budget"' in html


def test_judges_are_cards_with_the_key_first(lead: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    html = page(lead, "/runs/new/judge/")
    assert re.search(r'No model can be asked yet\..*value="xwin_pair"[^>]* checked', html)
    assert "set OPENAI_API_KEY" in html and "$10.00 in, $30.00 out" in html and "Not compared with people yet" in html
    settings.OPENAI_API_KEY = "sk-secret"
    html = page(lead, "/runs/new/judge/")
    assert "The key is set. Questions go to" in html and "sk-secret" not in html


def test_a_judge_that_cannot_be_asked_says_why_once(lead: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    html = page(lead, "/runs/new/judge/")
    assert html.count("set OPENAI_API_KEY") == 1 and "cannot be asked" in html and "no key" not in html


def test_a_form_without_a_judge_says_so_at_its_judges(lead: Client) -> None:
    html = lead.post("/runs/new/judge/", {"collection": "a-collection"}).content.decode()
    described = html.index('aria-describedby="judge-error"')
    assert described < html.index('id="judge-error"') < html.index('value="xwin_pair"')


@pytest.mark.django_db(transaction=True)
def test_a_trial_shows_what_was_sent_and_what_came_back(lead: Client, endpoint: Endpoint) -> None:
    pair("Name a <b>prime</b>.", left="Four <script>alert(1)</script>.", right="Seven.")
    endpoint.faults = [completion("<img src=x onerror=alert(1)>")]
    html = lead.post("/judging/trial/", CHOSEN).content.decode()
    assert "&lt;img src=x" in html and "<img" not in html and "<script" not in html
    for words in ("What is sent", "A first", "B first", "no line", "100 + 10 tokens", "$0.0013", "failed"):
        assert words in html
    assert not Judgment.objects.exists()
    assert "Choose a judge" in lead.post("/judging/trial/", {}).content.decode()


def test_an_answer_is_shown_as_the_judge_saw_the_pair(lead: Client) -> None:
    answered(load("xwin_pair"), pair(), "Verdict: A+", "<script>alert(1)</script> B, I guess.")
    html = page(lead, "/judging/repair/")
    assert "&lt;script&gt;" in html and "<script>alert" not in html
    first, _, second = html.partition("Shown second")
    assert "Seven." in first.rpartition("Shown first")[2] and "Four." in second
    assert "has no line" in html


def test_a_grade_key_enters_the_verdict_and_goes_to_the_next(lead: Client, lea: User) -> None:
    for name in ("one", "two"):
        answered(load("xwin_pair"), pair(name), "Hm.", "Verdict: B++")
    first, second = JudgeCall.objects.exclude(error="").order_by("pk")
    response = lead.post(f"/judging/repair/{first.pk}/", {"grade": "2", "run": "1"})
    assert response.headers["Location"] == f"{HERE}/judging/repair/?run=1&at={second.pk}"
    first.refresh_from_db()
    assert (first.grade, first.repaired_by) == (-2, lea)
    assert Judgment.objects.get(pair=first.pair, superseded_at=None).grade == -2
    assert "read by Lea" in page(lead, f"/pairs/{first.pair_id}/")


def test_a_verdict_that_is_none_says_so_and_stays(lead: Client) -> None:
    answered(load("xwin_pair"), pair(), "Hm.", "Verdict: B++")
    call = JudgeCall.objects.exclude(error="").get()
    for given in ({}, {"grade": "9"}, {"first": "8", "second": "7"}):
        assert lead.post(f"/judging/repair/{call.pk}/", given).headers["Location"].endswith(f"at={call.pk}")
    assert not JudgeCall.objects.exclude(repaired_by=None).exists()


def test_scores_are_asked_for_where_the_judge_gives_some(lead: Client) -> None:
    judge = load("rating")
    answered(judge, pair(), "Rating: 8", "Fine, I would say nine.")
    html = page(lead, "/judging/repair/")
    assert 'name="first"' in html and 'name="second"' not in html and 'name="grade"' not in html
    call = JudgeCall.objects.exclude(error="").get()
    lead.post(f"/judging/repair/{call.pk}/", {"first": "9"})
    assert Judgment.objects.get(superseded_at=None).grade == 1


def test_failures_are_sent_again_by_a_run_of_their_own(
    lead: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    for name in ("one", "two"):
        answered(load("xwin_pair"), pair(name), "", "Verdict: B++")
    first, second = JudgeCall.objects.exclude(error="").order_by("pk")
    lead.post("/judging/repair/again/", {"call": first.pk, "at": first.pk})
    run = Run.objects.get()
    assert (run.kind, run.spec["settings"]["pairs"]) == ("judge", [first.pair_id])
    assert run.name == "xwin_pair judges 1 pair again"
    assert run.name in page(lead, "/judging/repair/", at=first.pk)
    lead.post("/judging/repair/again/", {"all": "1"})
    assert Run.objects.latest("pk").spec["settings"]["pairs"] == [first.pair_id, second.pair_id]


def test_stored_answers_are_read_again_from_the_page(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(load("xwin_pair"), pair(), "Hm.", "Verdict: B++")
    author = JudgeCall.objects.all()[0].author_id
    response = lead.post("/judging/repair/reparse/", {"judge": author}, follow=True)
    assert "2 answers read, 0 otherwise" in response.content.decode()


def test_the_queue_is_narrowed_to_a_judge_and_a_run(lead: Client) -> None:
    answered(load("xwin_pair"), pair("one"), "Hm.", "Verdict: B++")
    assert "Nothing to repair" in page(lead, "/judging/repair/", run="2")
    assert "Nothing to repair" in page(lead, "/judging/repair/", judge="999")
    assert "Hm." in page(lead, "/judging/repair/", run="1")


def test_queries_of_the_queue_do_not_grow(lead: Client) -> None:
    answered(load("xwin_pair"), pair("0"), "Hm.", "Ho.")
    few = queries(lead, "/judging/repair/")
    for number in range(1, 10):
        answered(load("xwin_pair"), pair(str(number)), "Hm.", "Ho.")
    assert queries(lead, "/judging/repair/") == few < 20


@pytest.mark.django_db(transaction=True)
def test_a_forecast_proposes_no_budget_where_the_project_has_one(
    browse_as: Callable[[User], Page], lea: User, endpoint: Endpoint
) -> None:
    ProjectDefaults.objects.create(budget=1.5)
    pair()
    screen = browse_as(lea)
    screen.goto("/runs/new/judge/")
    expect(screen.get_by_role("button", name="Judge 1 pair, about $")).to_be_enabled()
    expect(screen.get_by_label("Budget")).to_have_value("")
    expect(screen.get_by_label("Budget")).to_have_attribute("placeholder", "1.5")


@pytest.mark.django_db(transaction=True)
def test_a_lead_forecasts_tries_judges_goes_on_and_repairs(
    browse_as: Callable[[User], Page], lea: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    for number in range(12):
        pair(f"Name {number} primes.")
    screen = browse_as(lea)
    screen.goto("/runs/new/judge/")
    expect(screen.get_by_role("radio", name="xwin_pair", exact=True)).to_be_checked()
    expect(screen.get_by_label("Collection")).to_have_value("a-collection")
    screen.get_by_role("radio", name="rubric_one").check()
    expect(screen.locator("#forecast")).to_contain_text("of 12 wait for rubric_one v1")
    screen.get_by_role("radio", name="xwin_pair").check()
    expect(screen.locator("#forecast")).to_contain_text("of 12 wait for xwin_pair v1")
    expect(screen.get_by_role("button", name="Judge 12 pairs, about $")).to_be_enabled()
    assert float(screen.get_by_label("Budget").input_value()) > 0
    endpoint.faults = [completion("The second one, clearly.")]
    screen.get_by_role("button", name="Try five pairs").click()
    expect(screen.locator("#trial details > summary .number").first).to_contain_text("Pair")
    expect(screen.locator("#forecast")).to_contain_text("of 12 wait")
    screen.get_by_label("Budget").fill("0.03")
    screen.get_by_role("button", name="Judge 12 pairs, about $").click()
    run = Run.objects.get()
    endpoint.faults = [completion("Hm, the first.")]
    executed(run)
    screen.reload()
    expect(screen.locator("#live")).to_contain_text("The budget of $0.03 is spent")
    screen.get_by_label("Resume with a budget").fill("1")
    screen.get_by_role("button", name="Resume").click()
    executed(run)
    screen.reload()
    expect(screen.locator("#live")).to_contain_text("1 to repair")
    screen.get_by_role("link", name="1 to repair").click()
    expect(screen.locator("pre.raw")).to_contain_text("Hm, the first.")
    before = Judgment.objects.filter(superseded_at=None, state="valid").count()
    listening(screen)
    screen.keyboard.press("2")
    expect(screen.get_by_role("heading", name="Nothing to repair")).to_be_visible()
    assert Judgment.objects.filter(superseded_at=None, state="valid").count() == before + 1 == 12
    assert Pair.objects.filter(n_judgments=1).count() == 12


@pytest.mark.django_db(transaction=True)
def test_responses_are_launched_after_a_collection_with_nothing_to_judge(
    browse_as: Callable[[User], Page], lea: User, endpoint: Endpoint
) -> None:
    collection("hollow")
    response(prompt())
    responses = versions.freeze("answers", "responses", {})
    screen = browse_as(lea)
    screen.goto("/runs/new/judge/?collection=hollow")
    launch = screen.locator("button:has([data-launch-words])")
    expect(launch).to_have_text("Nothing to judge")
    expect(launch).to_be_disabled()
    screen.locator("[name=input_responses]").select_option(str(responses.pk))
    expect(screen.locator("#forecast")).to_contain_text("there is no forecast yet")
    expect(launch).to_have_text("Judge pairs of 1 response")
    expect(launch).to_be_enabled()
