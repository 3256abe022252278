"""Making pairs of a collection: the form, its preview, and the way back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.models import Pair, Prompt
from annotation.review import collection_pairing, pairing
from studio.accounts.models import User
from studio.database.bounds import Overdue
from tests.annotation.making import author, collection, judge, prompt, response, score
from tests.conftest import HERE
from tests.frontend.counting import queries

SignIn = Callable[[User], Client]
AT = "/prompts/collections/a-collection/pair/"


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


@pytest.fixture
def prompts(db: None) -> list[Prompt]:
    made = [prompt(f"{number}?") for number in range(3)]
    for of in made:
        for name in ("ann", "ben", "cat"):
            response(of, f"By {name}.", name)
    return made


def shown(client: Client, path: str, **query: Any) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_collection_leads_to_its_pairing(browser: Client, prompts: list[Prompt]) -> None:
    assert shown(browser, "/prompts/collections/a-collection/").count(f'href="{HERE}{AT}"') == 2


def test_the_form_offers_who_wrote_and_who_scored_here(browser: Client, prompts: list[Prompt]) -> None:
    score(prompts[0].responses.earliest("pk"), 1.0)
    response(prompt("Elsewhere?", collection=collection("elsewhere")), by="a-stranger")
    page = shown(browser, AT)
    assert "ben </label>" in page and ">a-reward-model</option>" in page and "a-stranger" not in page


def test_a_collection_without_responses_says_what_is_missing(browser: Client) -> None:
    collection()
    page = shown(browser, AT)
    assert "No responses yet" in page and "/import/?collection=a-collection" in page and "<form class" not in page


def test_the_preview_counts_and_writes_nothing(browser: Client, prompts: list[Prompt]) -> None:
    prompt("Unanswered?")
    part = shown(browser, f"{AT}preview/", strategy="all", per_prompt="2")
    assert ">6</span>" in part.replace(" ", "") and "Prompts without a pair</dt> <dd>1</dd>" in part
    assert "python manage.py pair a-collection --strategy all --per-prompt 2" in part
    assert not Pair.objects.exists()


def test_the_command_names_the_same_authors(browser: Client, prompts: list[Prompt]) -> None:
    named = {"authors": [author("ann").pk, author("ben").pk], "reference": author("cat").pk}
    part = shown(browser, f"{AT}preview/", strategy="reference", **named)
    assert "--strategy reference --author ann --author ben --reference cat" in part


def test_the_preview_says_what_is_still_to_choose(browser: Client, prompts: list[Prompt]) -> None:
    assert "Reference: Choose the author" in shown(browser, f"{AT}preview/", strategy="reference")
    assert "Scores by: Choose the reward model" in shown(browser, f"{AT}preview/", strategy="uncertain")
    assert "Pairs per prompt at most:" in shown(browser, f"{AT}preview/", strategy="all", per_prompt="none")


def test_pairs_are_made_and_shown_in_their_list(browser: Client, prompts: list[Prompt]) -> None:
    made = browser.post(AT, {"strategy": "all", "source": "round 1"}, follow=True)
    assert made.redirect_chain == [(f"{HERE}/pairs/?collection=a-collection&source=round+1", 302)]
    assert "9 new pairs." in made.content.decode() and Pair.objects.count() == 9


def test_the_same_again_says_that_nothing_is_new(browser: Client, prompts: list[Prompt]) -> None:
    browser.post(AT, {"strategy": "all"})
    again = browser.post(AT, {"strategy": "all"}, follow=True)
    assert again.redirect_chain == [(f"{HERE}{AT}", 302)]
    assert "No new pairs. 9 pairs existed already." in again.content.decode()


def test_a_mistake_is_undone_but_for_what_was_judged_meanwhile(browser: Client, prompts: list[Prompt]) -> None:
    page = browser.post(AT, {"strategy": "all"}, follow=True).content.decode()
    undo = page.partition(f'action="{HERE}/prompts/collections/a-collection/pair/undo/')[2].partition('"')[0]
    judge(Pair.objects.earliest("pk"), 1)
    undone = browser.post(f"{AT}undo/{undo}", follow=True)
    assert undone.redirect_chain == [(f"{HERE}{AT}", 302)]
    assert "8 pairs deleted. 1 pair kept: judged, sent to review or flagged." in undone.content.decode()
    assert Pair.objects.count() == 1


@pytest.mark.parametrize("at", ["", "yesterday", "0001-01-01T00:00:00Z"])
def test_an_undo_without_a_time_deletes_nothing(browser: Client, prompts: list[Prompt], at: str) -> None:
    browser.post(AT, {"strategy": "all"})
    assert browser.post(f"{AT}undo/?at={at}").status_code == 302
    assert Pair.objects.count() == 9 and browser.get(f"{AT}undo/").status_code == 405


def test_an_undo_that_takes_too_long_says_what_it_did_and_goes_on(
    browser: Client, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.post(AT, {"strategy": "all"}, follow=True).content.decode()
    undo = page.partition(f'action="{HERE}/prompts/collections/a-collection/pair/undo/')[2].partition('"')[0]
    deletes = late_after(pairing.delete_unused, 2)
    monkeypatch.setattr(pairing, "DELETED_AT_ONCE", 2)
    monkeypatch.setattr(pairing, "delete_unused", deletes)
    page = browser.post(f"{AT}undo/{undo}", follow=True).content.decode()
    assert "did not finish a step within 120 seconds, twice. 4 pairs deleted. Press Undo again" in page
    assert f'action="{HERE}{AT}undo/{undo}"' in page and Pair.objects.count() == 5


def test_pairs_that_were_made_before_it_took_too_long_are_told_and_can_be_undone(
    browser: Client, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_pairing, "AT_ONCE", 1)
    monkeypatch.setattr(collection_pairing, "make_in", late_after(pairing.make_in, 2))
    page = " ".join(browser.post(AT, {"strategy": "all"}).content.decode().split())
    assert "twice. 6 pairs made before stay. Ask again for the rest." in page and Pair.objects.count() == 6
    undo = page.partition(f'action="{HERE}/prompts/collections/a-collection/pair/undo/')[2].partition('"')[0]
    assert "6 pairs deleted." in browser.post(f"{AT}undo/{undo}", follow=True).content.decode()


def late_after(act: Callable[..., Any], times: int) -> Callable[..., Any]:
    """Does it so often, and then takes too long."""
    left = [None] * times

    def late(*given: Any) -> Any:
        if not left:
            raise Overdue(120)
        left.pop()
        return act(*given)

    return late


def test_what_is_missing_stands_at_its_field(browser: Client, prompts: list[Prompt]) -> None:
    page = browser.post(AT, {"strategy": "reference"}).content.decode()
    assert 'id="id_reference_error"' in page and not Pair.objects.exists()
    assert "Choose which responses become pairs." in browser.post(AT, {}).content.decode()


def test_too_many_pairs_are_left_to_the_command(
    browser: Client, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_pairing, "MOST_IN_A_REQUEST", 5)
    assert "too many pairs for this page" in shown(browser, f"{AT}preview/", strategy="all")
    assert "These are more than 5 pairs" in browser.post(AT, {"strategy": "all"}).content.decode()
    assert not Pair.objects.exists()


def test_queries_do_not_grow_with_prompts_and_authors(browser: Client, prompts: list[Prompt]) -> None:
    paths = [AT, f"{AT}preview/?strategy=all&per_prompt=1"]
    few = [queries(browser, path) for path in paths]
    for number in range(9):
        for name in ("ann", f"author {number}"):
            response(prompt(f"More {number} for {name}?"), f"By {name}.", name)
    assert [queries(browser, path) for path in paths] == few
    assert max(few) < 16


def test_outsiders_see_and_make_nothing(signed_in: SignIn, outsider: Client, ann: User, prompts: list[Prompt]) -> None:
    for path in (AT, f"{AT}preview/"):
        assert outsider.get(path).status_code == 302
        assert signed_in(ann).get(path).status_code == 403
    for path in (AT, f"{AT}undo/"):
        assert outsider.post(path, {"strategy": "all"}).status_code == 302
        assert signed_in(ann).post(path, {"strategy": "all"}).status_code == 403
    assert not Pair.objects.exists()
