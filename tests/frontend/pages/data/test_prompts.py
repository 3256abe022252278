"""Prompts, one prompt with its responses by score, and responses of all prompts."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Pair
from studio.accounts.models import User
from tests.annotation.making import author, collection, pair, prompt, response, score
from tests.conftest import HERE
from tests.frontend.counting import queries

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def rows(page: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in page.split('<tr id="row-')[1:]]


@pytest.mark.parametrize("path", ["/prompts/", "/responses/"])
def test_queries_do_not_grow_with_rows(browser: Client, path: str) -> None:
    response(prompt())
    few = queries(browser, path)
    for number in range(9):
        response(prompt(f"{number}?"))
    assert len(rows(shown(browser, path))) == 10
    assert queries(browser, path) == few < 8


def test_prompts_are_narrowed_by_text_collection_category_and_author(browser: Client) -> None:
    sums = prompt("What is one and one?", category="maths")
    poem = prompt("Write a poem.", collection=collection("verse"))
    response(poem, by="poet")
    expected = {
        "?q=poem": [poem.pk],
        "?collection=verse": [poem.pk],
        "?category=maths": [sums.pk],
        f"?author={author('poet').pk}": [poem.pk],
        "?q=nothing": [],
    }
    assert {query: rows(shown(browser, f"/prompts/{query}")) for query in expected} == expected


def test_an_empty_studio_teaches_the_first_step(browser: Client) -> None:
    assert "import_data prompts" in shown(browser, "/prompts/")
    assert "Import responses" in shown(browser, "/responses/")


def test_responses_of_a_prompt_stand_by_score(browser: Client) -> None:
    of = prompt()
    for text, value in (("worst", -2.0), ("best", 3.0), ("middling", 0.5)):
        score(response(of, text), value)
    page = shown(browser, f"/prompts/{of.pk}/")
    listed = page.partition('<ol class="ranked">')[2]
    assert listed.index("best") < listed.index("middling") < listed.index("worst")
    assert 'class="strip"' in page and "median 0.50" in page


def test_the_best_and_the_worst_are_pinned_above_the_list(browser: Client) -> None:
    of = prompt()
    for text, value in (("worst", -2.0), ("best", 3.0), ("middling", 0.5)):
        score(response(of, text), value)
    pinned = shown(browser, f"/prompts/{of.pk}/").partition('<ol class="ranked">')[0]
    assert "<p>best</p>" in pinned and "<p>worst</p>" in pinned and "<p>middling</p>" not in pinned


def test_the_same_text_by_two_authors_is_folded(browser: Client) -> None:
    of = prompt()
    response(of, "Seven.", by="one-model")
    response(of, "Seven.", by="other-model")
    page = shown(browser, f"/prompts/{of.pk}/")
    assert page.count('<li id="response-') == 1
    assert "The same text by other-model" in page


def test_the_reward_model_is_chosen_in_the_address(browser: Client) -> None:
    of = prompt()
    low, high = response(of, "low"), response(of, "high")
    for rater, values in (("one-rm", (1, 2)), ("other-rm", (2, 1))):
        for each, value in zip((low, high), values, strict=True):
            score(each, value, by=rater)
    page = shown(browser, f"/prompts/{of.pk}/?by={author('other-rm', 'reward_model').pk}")
    listed = page.partition('<ol class="ranked">')[2]
    assert listed.index("low") < listed.index("high")


def test_one_prompt_takes_the_same_queries_for_any_number_of_responses(browser: Client) -> None:
    of = prompt()
    for number in range(3):
        score(response(of, f"{number}"), number)
    few = queries(browser, f"/prompts/{of.pk}/")
    for number in range(3, 13):
        score(response(of, f"{number}"), number)
    assert queries(browser, f"/prompts/{of.pk}/") == few < 13


def test_two_chosen_responses_become_a_pair(browser: Client) -> None:
    of = prompt()
    chosen = [response(of, text).pk for text in ("one", "other")]
    answer = browser.post(f"/prompts/{of.pk}/pair/", {"response": chosen})
    made = Pair.objects.get()
    assert answer.headers["Location"] == f"{HERE}/pairs/{made.pk}/"
    assert (made.left_id, made.right_id, made.source) == (*chosen, "picked")


def test_one_or_three_responses_are_no_pair(browser: Client) -> None:
    of = prompt()
    chosen = [response(of, text).pk for text in ("one", "two", "three")]
    page = browser.post(f"/prompts/{of.pk}/pair/", {"response": chosen}, follow=True).content.decode()
    assert "You chose 3 responses" in page
    assert not Pair.objects.exists()


def test_responses_to_another_prompt_are_not_paired(browser: Client) -> None:
    here, there = response(prompt("Here?")), response(prompt("There?"))
    browser.post(f"/prompts/{here.prompt_id}/pair/", {"response": [here.pk, there.pk]})
    assert not Pair.objects.exists()


def test_a_response_is_rendered_when_it_is_opened(browser: Client) -> None:
    long = response(prompt(), "**Bold** <script>alert(1)</script>")
    text = shown(browser, f"/responses/{long.pk}/text/")
    assert "<strong>Bold</strong>" in text and "<script>" not in text


def test_a_prompt_lists_its_pairs(browser: Client) -> None:
    found = pair()
    assert f'href="{HERE}/pairs/{found.pk}/"' in shown(browser, f"/prompts/{found.prompt_id}/")
