"""After success there is a way on: from an import, from a judging run, from a comparison."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.judges.config.registry import load
from annotation.judges.runs.outcomes import Outcome
from annotation.models import Assignment, Pair, Prompt
from annotation.review.flagging import flag
from studio.accounts.models import User
from tests.annotation.making import author, judge, pair, paired, prompt, response
from tests.conftest import HERE
from tests.frontend.machines import run
from training.runs import launching

SignIn = Callable[[User], Client]
Chosen = dict[str, Any]
PAIRS = b"""{"prompt": "Name a prime.", "responses": [{"author": "a", "text": "7"}, {"author": "b", "text": "8"}]}
{"prompt": "Another.", "responses": [{"author": "a", "text": "11"}, {"author": "b", "text": "9"}]}
"""


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def send(client: Client, content: bytes, kind: str) -> str:
    given = {"format": kind, "slug": "mine", "act": "take", "file": SimpleUploadedFile("some.jsonl", content)}
    return client.post("/import/", given).content.decode()


def test_imported_pairs_can_be_opened_for_review_or_judged(browser: Client) -> None:
    page = send(browser, PAIRS, "pairs")
    assert "Open 2 pairs for review" in page and "/runs/new/judge/?collection=mine" in page
    response = browser.post("/pairs/review/", {"collection": "mine", "limit": "2", "next": "/review/mine/"})
    assert response.headers["Location"] == "/review/mine/" and Assignment.objects.count() == 2


def test_flagged_pairs_are_not_counted_among_those_to_review(browser: Client, ann: User) -> None:
    send(browser, PAIRS, "pairs")
    flag(ann, Pair.objects.earliest("pk"), "Odd.")
    more = b'{"prompt": "More.", "responses": [{"author": "a", "text": "2"}, {"author": "b", "text": "4"}]}'
    assert "Open 2 pairs for review" in send(browser, more, "pairs")


def test_what_only_checks_a_file_offers_nothing_yet(browser: Client) -> None:
    given = {"format": "pairs", "slug": "mine", "act": "try", "file": SimpleUploadedFile("some.jsonl", PAIRS)}
    assert "What next" not in browser.post("/import/", given).content.decode()


def test_imported_prompts_can_be_read(browser: Client) -> None:
    page = send(browser, b'{"prompt": "Name a prime."}\n', "prompts")
    assert "/prompts/?collection=mine" in page and "for review" not in page


ANSWERS = b"""{"prompt": "Name a prime.", "responses": [{"author": "a", "text": "7"}]}
{"prompt": "Another.", "responses": [{"author": "a", "text": "11"}]}
"""


def test_imported_responses_can_be_paired_where_a_prompt_has_two(browser: Client) -> None:
    assert "/prompts/collections/mine/pair/" not in send(browser, ANSWERS, "prompts")
    assert "/prompts/collections/mine/pair/" in send(browser, ANSWERS.replace(b'"a"', b'"b"'), "prompts")


def judged(**settings: str) -> str:
    found = asdict(Outcome(judged=1))
    spec = {"settings": {"judge": "xwin_pair", "collection": "a-collection"} | settings}
    return f"/runs/{run('judge', state='succeeded', spec=spec, result=found).pk}/"


def test_a_judging_run_leads_to_its_verdicts_and_to_people(browser: Client) -> None:
    by = load("xwin_pair").author
    judge(pair(), 1, by.name)
    page = browser.get(path := judged()).content.decode()
    assert f"/pairs/?collection=a-collection&amp;judge={by.pk}" in page and "Open 1 pair for review" in page
    judge(Pair.objects.get(), -1, "ann", kind="person")
    assert f"disagree={by.pk},people" in browser.get(path).content.decode()


def test_a_judge_that_is_gone_leads_nowhere(browser: Client) -> None:
    assert "What next" not in browser.get(judged(judge="no-such-judge")).content.decode()


@pytest.fixture
def compared() -> Chosen:
    asked = [prompt("One?"), prompt("Two?"), prompt("Three?")]
    for one in asked:
        response(one, "Yes.", "left")
        response(one, "Yes." if one == asked[2] else f"No, {one.text}", "right")
    return {"c": [author("left").pk, author("right").pk], "v": "@a-collection"}


def test_what_is_compared_goes_to_review_after_its_count(browser: Client, compared: Chosen) -> None:
    page = browser.post("/compare/pairs/", compared | {"act": "review"}).content.decode()
    assert "Send 2 pairs to review?" in page and not Assignment.objects.exists()
    browser.post("/pairs/review/", {"pair": list(Pair.objects.values_list("pk", flat=True))})
    assert Assignment.objects.count() == 2


def test_what_is_compared_goes_to_a_judge(browser: Client, compared: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    at = browser.post("/compare/pairs/", compared | {"act": "judge"}).headers["Location"]
    ids = ",".join(str(pk) for pk in Pair.objects.order_by("pk").values_list("pk", flat=True))
    assert at == f"{HERE}/runs/new/judge/?pairs={ids}"
    assert "2 chosen pairs will be judged" in browser.get(at).content.decode()
    forecast = browser.get("/judging/forecast/", {"judge": "rubric_one", "pairs": ids})
    assert 'data-act="Judge 2 pairs"' in forecast.content.decode()
    made = browser.post("/runs/new/judge/", {"judge": "rubric_one", "pairs": ids}, follow=True)
    assert "rubric_one judges 2 chosen pairs" in made.content.decode()


def test_more_than_two_columns_make_no_pairs(browser: Client, compared: Chosen) -> None:
    third = {"c": [*compared["c"], author("third").pk]}
    assert browser.post("/compare/pairs/", compared | third).status_code == 400
    assert not Pair.objects.exists()


def sent(client: Client, chosen: Chosen) -> list[str]:
    """The pairs that go to a judge."""
    return client.post("/compare/pairs/", chosen | {"act": "judge"}).headers["Location"].partition("=")[2].split(",")


def test_flagged_pairs_of_a_comparison_are_left_out_and_counted(browser: Client, compared: Chosen, ann: User) -> None:
    first, second = sent(browser, compared)
    flag(ann, Pair.objects.get(pk=first), "A phone number.")
    assert sent(browser, compared) == [second]
    assert "1 flagged pair left out." in browser.get("/").content.decode()
    page = browser.post("/compare/pairs/", compared | {"act": "review"}).content.decode()
    assert "Send 1 pair to review?" in page and "1 flagged pair will be left out" in page


@pytest.mark.parametrize("act", ["judge", "review"])
def test_a_comparison_says_why_nothing_is_sent(browser: Client, compared: Chosen, ann: User, act: str) -> None:
    same = browser.post("/compare/pairs/", compared | {"act": act, "q": "three"}, follow=True)
    assert "are the same text" in same.content.decode() and same.wsgi_request.path == f"{HERE}/compare/"
    sent(browser, compared)
    for one in Pair.objects.all():
        flag(ann, one, "Odd.")
    held = browser.post("/compare/pairs/", compared | {"act": act}, follow=True).content.decode()
    assert "All 2 pairs of these answers are flagged" in held


def test_a_comparison_sends_the_answers_that_it_shows_in_the_order_of_the_page(
    browser: Client, compared: Chosen
) -> None:
    asked = Prompt.objects.earliest("pk")
    judged = paired(response(asked, "Another yes.", "left"), response(asked, "Another no.", "right"))
    judge(judged, 1)
    last, first = sent(browser, compared | {"sort": "-prompt"})
    assert first == str(judged.pk) and Pair.objects.get(pk=last).prompt.text == "Two?"
