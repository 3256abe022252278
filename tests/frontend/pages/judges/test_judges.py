"""The list of judges, the card of one, and the way from a figure to its very pairs."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from annotation.judges.cards.agreement import agreement
from annotation.judges.config.description import Judge, Template
from annotation.models import Author, JudgeCall, JudgeCard, Pair
from frontend.presenters.judges.judges import pairs_url
from studio.accounts.models import User
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair
from tests.conftest import HERE
from tests.frontend.counting import queries

SignIn = Callable[[User], Client]
PATHS = ["/judges/", "/judges/{}/", "/judges/{}/row/"]


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


@pytest.fixture
def one(db: None) -> Author:
    world()
    return author("judge one", "judge")


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


@pytest.mark.parametrize("path", PATHS)
def test_strangers_sign_in_and_annotators_are_turned_away(
    signed_in: SignIn, outsider: Client, ann: User, one: Author, path: str
) -> None:
    assert outsider.get(path.format(one.pk)).status_code == 302
    assert signed_in(ann).get(path.format(one.pk)).status_code == 403


def test_nobody_else_has_a_card_counted(signed_in: SignIn, outsider: Client, ann: User, one: Author) -> None:
    assert outsider.post(f"/judges/{one.pk}/count/").status_code == 302
    assert signed_in(ann).post(f"/judges/{one.pk}/count/").status_code == 403
    assert outsider.get(f"/judges/{one.pk}/count/").status_code == 405
    assert not JudgeCard.objects.exists()


def test_who_manages_data_may_have_pairs_judged_from_here(lead: Client, one: Author) -> None:
    unused = author("nobody asked", "judge").pk
    for path in ("/judges/", f"/judges/{unused}/"):
        assert f'href="{HERE}/runs/new/judge/"' in page(lead, path)
    assert lead.get("/runs/new/judge/").status_code == 200


def test_only_a_judge_has_a_card(lead: Client, one: Author) -> None:
    assert lead.get(f"/judges/{author('ann', 'person').pk}/").status_code == 404
    assert lead.get(f"/judges/{one.pk}/?beside={author('ann', 'person').pk}").status_code == 404


def test_the_card_says_how_far_people_agree_beside_how_far_they_agree_among_themselves(
    lead: Client, one: Author
) -> None:
    html = page(lead, f"/judges/{one.pk}/")
    for words in ("Agreement with people", "People with each other", "By language", "By gap in length", "not stated"):
        assert words in html
    assert "too few" not in html


def test_a_card_of_few_votes_says_so(lead: Client) -> None:
    made = pair()
    judge(made, 1)
    judge(made, 1, "ann", "person")
    html = page(lead, f"/judges/{author('a-judge', 'judge').pk}/")
    assert "Only 1 judgment of people" in html and "No pair was judged by two people" in html


def test_a_judge_that_no_person_met_teaches_the_next_step(lead: Client) -> None:
    judge(pair(), 1)
    html = page(lead, f"/judges/{author('a-judge', 'judge').pk}/")
    assert "People have not judged its pairs yet" in html and "Choose pairs for review" in html


def test_each_number_of_disagreement_opens_as_many_pairs(lead: Client, one: Author) -> None:
    whole, parts = agreement(one)
    linked = [part for part in [whole, *parts] if pairs_url(one.pk, part)]
    assert {part.by for part in linked} == {"all", "collection", "domain", "language", "turns", "gap"}
    for part in linked:
        for verdicts, expected in (("disagree", part.disagreed), ("agree", part.pairs - part.disagreed)):
            html = page(lead, pairs_url(one.pk, part, verdicts))
            assert len(re.findall(r'<tr id="row-\d+"', html)) == expected, (part.by, part.value, verdicts)


def test_the_pairs_of_two_authors_are_named_in_a_chip(lead: Client, one: Author) -> None:
    two = author("judge two", "judge")
    html = page(lead, f"/pairs/?disagree={one.pk},{two.pk}")
    assert "judge one and judge two" in html
    assert len(re.findall(r'<tr id="row-\d+"', html)) == Pair.objects.where_disagree(one, two).count() > 0
    assert "is no author" in page(lead, f"/pairs/?disagree={one.pk},x")


def test_two_judges_stand_side_by_side_with_their_difference(lead: Client, one: Author) -> None:
    two = author("judge two", "judge")
    html = page(lead, f"/judges/{one.pk}/?beside={two.pk}")
    assert "Agreement with people, ties left out" in html and "The two give the same verdict" in html


def test_the_list_asks_for_the_lines_whose_judge_has_judged_since(lead: Client, one: Author) -> None:
    row = f"/judges/{one.pk}/row/"
    assert row in page(lead, "/judges/")
    assert row not in page(lead, row)
    html = page(lead, "/judges/")
    assert row not in html and " %" in html
    judge(pair("New?"), 1, "judge one")
    assert row in page(lead, "/judges/")


def test_a_line_keeps_the_columns_of_its_list(lead: Client, one: Author) -> None:
    assert page(lead, f"/judges/{one.pk}/row/?columns=judge,failed").count("<td") == 1


def test_the_list_sorts_by_a_figure_and_leaves_out_who_has_none(lead: Client, one: Author) -> None:
    author("never judged", "judge")
    for name in ("judge one", "judge two"):
        page(lead, f"/judges/{author(name, 'judge').pk}/")
    assert "never judged" in page(lead, "/judges/")
    html = page(lead, "/judges/?sort=-agreement")
    best, other = JudgeCard.objects.order_by("-agreement").values_list("author__name", flat=True)
    assert html.index(f">{best}<") < html.index(f">{other}<") and "never judged" not in html


def test_what_a_judge_wrote_is_escaped(lead: Client) -> None:
    wicked = Author.objects.create(kind="judge", name="<script>x</script>", details={"judge": "<b>no</b>"})
    judged = judge(pair(), 1, wicked.name)
    call = {"pair": judged.pair, "author": wicked, "judgment": judged, "prompt_digest": "0" * 64, "grade": 1}
    JudgeCall.objects.create(**call, shown="left_first", raw="x", model="<i>model</i>")
    html = page(lead, f"/judges/{wicked.pk}/")
    assert "<script>x" not in html and "<b>no" not in html and "<i>model" not in html


def test_the_card_shows_the_texts_that_were_asked_also_where_the_folder_is_gone(lead: Client) -> None:
    chats = {"pair-v2": Template("Judge A & B.", "{question}")}
    gone = Judge(title="Gone", says="It went.", version=3, protocol="fastchat_pair", model="m", prompts=chats, seed=7)
    judge(pair(), 1, gone.author.name)
    html = page(lead, f"/judges/{gone.author.pk}/")
    assert "It went." in html and "pair-v2: system" in html and "Judge A &amp; B." in html
    assert f'<dd class="mono">{gone.digest}</dd>' in html and "<dt>prompts</dt>" not in html


def test_queries_do_not_grow_with_rows(lead: Client) -> None:
    counts = []
    for rows in (1, 10):
        for number in range(rows):
            made = pair(f"{rows} {number}?")
            judge(made, 1, "ann", "person")
            for name in range(rows):
                judge(made, 1, f"judge {name} of {rows}")
        first = author(f"judge 0 of {rows}", "judge")
        counts.append([queries(lead, path) for path in ("/judges/", f"/judges/{first.pk}/", f"/judges/{first.pk}/")])
    assert counts[0] == counts[1]
    assert max(counts[0]) < 20 and counts[0][2] < 9


def test_evaluate_and_a_pair_lead_to_the_judges(lead: Client, one: Author) -> None:
    assert f'href="{HERE}/judges/"' in page(lead, "/evaluate/")
    judged = Pair.objects.filter(judgments__author=one).first()
    assert judged and f'href="{HERE}/judges/{one.pk}/"' in page(lead, f"/pairs/{judged.pk}/")
