"""The compare page, stored: columns, rows, verdicts, win rates."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Prompt
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, paired, prompt, response, score
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, version
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def address(*names: str, **query: object) -> str:
    columns = "&".join(f"c={author(name).pk}" for name in names)
    return f"/compare/?{columns}" + "".join(f"&{name}={value}" for name, value in query.items())


def both(**query: object) -> str:
    return address("one-model", "other-model", **query)


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def rows(html: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in html.split('id="prompt-')[1:]]


def figures(client: Client, path: str) -> str:
    return page(client, path.replace("/compare/", "/compare/figures/"))


def test_published_authors_stand_side_by_side_on_the_prompts_that_both_answered(lead: Client) -> None:
    shared = pair("Both?")
    response(prompt("Only one?"), by="one-model")
    html = page(lead, both())
    assert rows(html) == [shared.prompt_id]
    assert html.index("Four.") < html.index("Seven.")


def test_columns_stand_in_the_order_of_the_address(lead: Client) -> None:
    pair()
    html = page(lead, address("other-model", "one-model"))
    assert html.index("Seven.") < html.index("Four.")


def test_without_columns_the_page_offers_some(lead: Client) -> None:
    pair()
    assert "one-model" in page(lead, "/compare/")
    assert "Choose one to compare one-model with" in page(lead, address("one-model"))


def test_more_than_six_columns_are_refused(lead: Client) -> None:
    names = [str(number) for number in range(7)]
    assert lead.get(address(*names)).status_code == 400


def test_the_set_of_prompts_is_a_version_a_collection_or_all(lead: Client) -> None:
    here, there = pair("Here?"), pair("There?", collection=collection("there"))
    held = version([here.prompt])
    assert rows(page(lead, both())) == [here.prompt_id, there.prompt_id]
    assert rows(page(lead, both(v="@there"))) == [there.prompt_id]
    assert rows(page(lead, both(v=held.pk))) == [here.prompt_id]
    assert lead.get(both(v="@nowhere")).status_code == 404
    assert lead.get(both(v="nonsense")).status_code == 404


@pytest.mark.parametrize("field", ["v", "q"])
def test_a_set_of_prompts_or_words_with_nul_make_no_pairs(lead: Client, field: str) -> None:
    judge(pair(), 1)
    columns = [str(author(name).pk) for name in ("one-model", "other-model")]
    assert lead.post("/compare/pairs/", {"c": columns, field: "a\0b"}).status_code == 400


def test_pages_go_by_the_last_prompt_seen(lead: Client) -> None:
    made = [pair(f"{number}?").prompt_id for number in range(12)]
    first = page(lead, both())
    assert rows(first) == made[:10] and f"after={made[9]}~{made[9]}" in first
    assert rows(page(lead, both(after=f"{made[9]}~{made[9]}"))) == made[10:]


def test_queries_grow_neither_with_rows_nor_with_columns(lead: Client) -> None:
    judge(pair("0?"), 1)
    few = queries(lead, both())
    for number in range(1, 10):
        judge(pair(f"{number}?"), 1)
    for number, asked in enumerate(Prompt.objects.all()):
        score(response(asked, f"{number}", by="third"), 1.0)
    assert len(rows(page(lead, both()))) == 10
    assert queries(lead, both()) == few < 16
    assert queries(lead, address("one-model", "other-model", "third")) <= few + 1


def test_a_verdict_is_told_from_the_columns_not_from_the_pair(lead: Client) -> None:
    judge(pair(), -2)
    assert "A better" in page(lead, both()).partition("<article")[2]
    assert "B better" in page(lead, address("other-model", "one-model")).partition("<article")[2]


@pytest.mark.parametrize(
    ("verdict", "expected"), [("a", "left"), ("b", "right"), ("tie", "tied"), ("failed", "failed"), ("none", "none")]
)
def test_prompts_are_narrowed_by_a_judges_verdict(lead: Client, verdict: str, expected: str) -> None:
    made = {name: pair(name) for name in ("left", "right", "tied", "failed", "none")}
    for name, grade in (("left", -1), ("right", 3), ("tied", 0), ("failed", None)):
        judge(made[name], grade)
    judge(made["none"], 1, by="ben", kind="person")
    narrowed = page(lead, both(judge=author("a-judge", "judge").pk, verdict=verdict))
    assert rows(narrowed) == [made[expected].prompt_id]


def test_turned_round_the_other_side_wins(lead: Client) -> None:
    won = judge(pair("left"), -1).pair
    turned = address("other-model", "one-model", judge=author("a-judge", "judge").pk)
    assert rows(page(lead, f"{turned}&verdict=b")) == [won.prompt_id]
    assert rows(page(lead, f"{turned}&verdict=a")) == []


def test_of_several_responses_the_judged_one_is_shown_and_the_others_are_counted(lead: Client) -> None:
    asked = prompt()
    first = response(asked, "The first", by="one-model")
    judged, other = response(asked, "The judged", by="one-model"), response(asked, "Another", by="other-model")
    judge(paired(judged, other), 1)
    html = page(lead, both())
    assert "The judged" in html and first.text not in html and "1 more" in html


def test_scores_stand_in_their_cells_and_the_rows_best_is_marked(lead: Client) -> None:
    made = pair()
    score(made.left, 1.25)
    score(made.right, 2.5)
    html = page(lead, both())
    assert 'title="The row’s best by a-reward-model">a-reward-model 2.50' in tight(html)
    assert "<span>a-reward-model 1.25" in tight(html)


def test_what_a_model_wrote_is_no_markup(lead: Client) -> None:
    pair("<script>p</script>", left="<img src=x onerror=alert(1)>")
    html = page(lead, both())
    assert "<script>p" not in html and "<img" not in html


def test_figures_count_a_prompt_once_however_many_pairs_it_has(lead: Client) -> None:
    made = pair("0?")
    judge(made, -1)
    for number in range(3):
        other = paired(response(made.prompt, f"x{number}", by="one-model"), made.right)
        # The new response has the higher id, so it is the right one of its pair.
        judge(other, 1)
    judge(pair("1?"), 2)
    judge(pair("2?"), None)
    html = figures(lead, both())
    assert "50.0 %" in html and '<span class="n">(2)</span>' in html and "1 failed" in html


def test_figures_of_a_column_say_how_many_and_how_long(lead: Client) -> None:
    made = pair(left="12345", right="123")
    score(made.left, 0.5)
    score(response(made.prompt, "1234567", by="one-model"), 1.5)
    html = figures(lead, both())
    assert "2 responses to 1 prompt, 6 characters on average" in html
    assert '<span class="value">1.00</span>' in html


def test_win_rates_are_for_two_columns(lead: Client) -> None:
    judge(pair(), 1)
    response(Prompt.objects.get(), "Third", by="third")
    assert 'class="comparison"' in figures(lead, both())
    assert 'class="comparison"' not in figures(lead, address("one-model", "other-model", "third"))


def test_queries_of_the_figures_do_not_grow(lead: Client) -> None:
    path = both().replace("/compare/", "/compare/figures/")
    judge(pair("0?"), 1)
    few = queries(lead, path)
    for number in range(1, 10):
        judge(pair(f"{number}?"), 1)
    assert queries(lead, path) == few < 12


def test_words_narrow_the_prompts_and_the_count_is_asked_for_alone(lead: Client) -> None:
    pair("About rivers?")
    found = pair("About seas?")
    narrowed = page(lead, both(q="seas"))
    assert rows(narrowed) == [found.prompt_id] and "1 prompt" in tight(narrowed)
    assert page(lead, both(count="1")) == "2"


def test_live_offers_checkpoints_that_can_answer(lead: Client) -> None:
    response(prompt(), by="published")
    own = checkpoint("own")
    checkpoint("rater", "reward")
    offered = page(lead, "/compare/?mode=live")
    assert "own" in offered and "published" not in offered
    asked = page(lead, f"/compare/?mode=live&c={own.author_id}&c={author('published').pk}")
    assert f"/api/v1/checkpoints/{own.pk}/chat/" in asked and "scored by rater" in asked


def test_among_more_than_two_a_verdict_names_both(lead: Client) -> None:
    judge(pair(), 3)
    response(Prompt.objects.get(), "Third", by="third")
    assert "B much better than A" in page(lead, address("one-model", "other-model", "third"))
