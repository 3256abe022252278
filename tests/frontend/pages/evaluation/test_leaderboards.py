"""Leaderboards: their rows and columns, one row's page, two rows side by side, and their questions one by one."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Response
from studio.accounts.models import User
from tests.annotation.making import judge
from tests.conftest import HERE
from tests.frontend.benching import asked, published, row
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint
from tests.frontend.markup import tight
from training.models import BenchmarkResult, BenchmarkVerdict, Checkpoint

SignIn = Callable[[User], Client]

WON, MIXED = [1.0] * 30, [1.0, 0.0, 0.5, None] * 8


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def page(client: Client, path: str) -> str:
    found = client.get(path, follow=True)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def test_every_board_is_listed_with_its_best_row_and_whose_rows_it_has(lead: Client) -> None:
    row("ours", MIXED)
    published("theirs", 70.5)
    published("elsewhere", 9.1, benchmark="mt_bench", baseline="")
    html = page(lead, "/leaderboards/")
    assert "AlpacaEval" in html and "MT-bench" in html and "Vicuna-bench" not in html
    assert ">theirs</td>" in html and "70.50" in html
    assert '<td class="number fit">1</td><td class="number fit">1</td>' in tight(html)


def test_a_board_has_ones_own_rows_and_published_ones_told_apart(lead: Client) -> None:
    row("ours", MIXED)
    published("theirs", 70.5)
    html = page(lead, "/leaderboards/alpaca_eval/")
    assert html.index(">theirs</a>") < html.index(">ours</a>")
    assert 'data-tip="A paper, table 1"' in html
    assert html.count('class="is-published"') == html.count('class="is-own"') == 1
    assert '<span class="badge warn">8</span>' in html


def test_rows_of_another_judge_set_or_baseline_are_another_board(lead: Client) -> None:
    row("ours", MIXED)
    for number, other in enumerate(({"judge": "other"}, {"baseline": "other"}, {"prompts_digest": "e" * 64})):
        published(f"apart-{number}", 50, **other)
    html = page(lead, "/leaderboards/alpaca_eval/")
    assert html.count("<option") == 4
    assert "apart-" not in html


def test_the_board_of_ones_own_rows_stands_first_and_others_are_chosen(lead: Client) -> None:
    for number in range(3):
        published(f"apart-{number}", 50, judge="other judge")
    row("ours", MIXED)
    assert ">ours</a>" in page(lead, "/leaderboards/alpaca_eval/")
    html = page(lead, "/leaderboards/")
    token = html.split("?board=")[2].split('"')[0]
    assert ">apart-0</a>" in page(lead, f"/leaderboards/alpaca_eval/?board={token}")
    assert lead.get("/leaderboards/alpaca_eval/?board=none").status_code == 404
    assert lead.get("/leaderboards/unheard-of/").status_code == 404


def test_columns_are_chosen_and_sorted_by(lead: Client) -> None:
    row("ours", MIXED)
    published("theirs", 70.5)
    html = page(lead, "/leaderboards/alpaca_eval/?columns=name,value&sort=name")
    assert html.index(">ours</a>") < html.index(">theirs</a>")
    heads = html.split("<thead>")[1].split("</thead>")[0]
    assert "Win rate" in heads and "Length-controlled" not in heads and "Discrete" not in heads
    assert "Discrete" in page(lead, "/leaderboards/alpaca_eval/?columns=name,discrete_win_rate").split("</thead>")[0]
    # Who has no such figure stands last, whichever way it is sorted.
    for sort in ("length_controlled_winrate", "-length_controlled_winrate"):
        html = page(lead, f"/leaderboards/alpaca_eval/?sort={sort}")
        assert html.index(">ours</a>") < html.index(">theirs</a>")
    assert lead.get("/leaderboards/alpaca_eval/?sort=nonsense").status_code == 400


def test_a_board_is_had_as_a_file_in_the_published_columns(lead: Client) -> None:
    row("ours", MIXED)
    head, first = lead.get("/leaderboards/alpaca_eval/?download=csv").content.decode().splitlines()
    assert head.startswith(",win_rate,standard_error,n_wins") and first.startswith("ours,50.0,")
    assert head.endswith("low,high,lc_low,lc_high,source") and ",47.0,53.0,,," in first
    (found,) = lead.get("/leaderboards/alpaca_eval/?download=json").json()
    assert (found["name"], found["length_controlled_winrate"]) == ("ours", 45.0)


def test_two_ticked_rows_become_a_question_with_the_lower_one_as_a(lead: Client) -> None:
    better, worse = row("better", WON), row("worse", [0.0] * 30)
    answer = lead.get(f"/leaderboards/compare/?r={better.pk}&r={worse.pk}")
    assert answer.headers["Location"] == f"{HERE}/leaderboards/compare/?a={worse.pk}&b={better.pk}"
    assert "1 is chosen" in page(lead, f"/leaderboards/compare/?r={better.pk}")
    assert "0 are chosen" in page(lead, "/leaderboards/compare/?r=x")


def test_two_rows_are_answered_with_a_sentence_an_interval_and_how_sure(lead: Client) -> None:
    a, b = row("worse", [0.0] * 30), row("better", WON)
    html = page(lead, f"/leaderboards/compare/?a={a.pk}&b={b.pk}")
    assert "Is better better than worse?" in html
    assert "better is better than worse by 100.00 percentage points" in html
    assert "B better after" in html and "over 30 questions" in html


def test_rows_of_different_keys_are_refused_in_words(lead: Client) -> None:
    a, b = row("one", WON), row("other", WON, judge="another judge")
    html = page(lead, f"/leaderboards/compare/?a={a.pk}&b={b.pk}")
    assert "cannot stand side by side: the judges differ (a-judge and another judge)" in html
    assert "Question by question" not in html


def test_a_published_row_without_verdicts_is_refused_with_what_to_do(lead: Client) -> None:
    a, b = row("one", WON), published("theirs", 70.5)
    assert "import its outputs or annotations" in page(lead, f"/leaderboards/compare/?a={a.pk}&b={b.pk}")
    assert "No verdicts are stored" in page(lead, f"/leaderboards/results/{b.pk}/")
    assert lead.get(f"/leaderboards/compare/?a={a.pk}&b=0").status_code == 404


def shown(lead: Client, path: str) -> list[int]:
    """The numbers of the questions that a page shows, in its order."""
    html = page(lead, path)
    numbers = {of.pk: number for number, of in enumerate(asked(32))}
    return [numbers[int(part.split('"')[0])] for part in html.split('id="prompt-')[1:]]


@pytest.fixture
def against(lead: Client) -> str:
    """Even questions are won by B, every fourth is tied and every fourth fails."""
    a = row("a-model", [0.5, 0.5, 0.5, 0.5] * 2)
    b = row("b-model", [1.0, 0.0, 0.5, None] * 2)
    return f"/leaderboards/compare/?a={a.pk}&b={b.pk}"


def test_questions_are_narrowed_by_who_won_by_category_and_by_words(lead: Client, against: str) -> None:
    assert shown(lead, against) == list(range(8))
    assert shown(lead, f"{against}&outcome=b") == [0, 4]
    assert shown(lead, f"{against}&outcome=a") == [1, 5]
    assert shown(lead, f"{against}&outcome=tie") == [2, 6]
    assert shown(lead, f"{against}&outcome=failed") == [3, 7]
    assert shown(lead, f"{against}&category=maths") == [1, 3, 5, 7]
    assert shown(lead, f"{against}&category=maths&outcome=a&q=question+5") == [5]
    assert "No questions match these filters" in page(lead, f"{against}&q=nowhere")


def test_the_clearest_wins_stand_first_where_asked_and_failures_are_left_out(lead: Client, against: str) -> None:
    assert shown(lead, f"{against}&sort=-gain") == [4, 0, 6, 2, 5, 1]


def test_a_cell_of_a_category_leads_to_its_questions(lead: Client, against: str) -> None:
    html = page(lead, against)
    link = next(part for part in html.split('href="') if part.startswith("?") and "outcome=a" in part)
    address = link.split("#")[0].replace("&amp;", "&")
    assert shown(lead, f"/leaderboards/compare/{address}") == [1, 5]


def test_pages_of_questions_go_on_where_the_last_one_ended(lead: Client) -> None:
    result = row("ours", [1.0] * 12)
    html = page(lead, f"/leaderboards/results/{result.pk}/")
    older = html.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert shown(lead, f"/leaderboards/results/{result.pk}/{older}") == [10, 11]


def test_where_a_person_and_the_judge_part(lead: Client, against: str) -> None:
    verdicts = BenchmarkVerdict.objects.filter(result__name="b-model").order_by("prompt")
    for verdict, grade in zip(verdicts[:3], (1, 1, 1), strict=True):
        assert verdict.judgment
        toward_b = grade if verdict.judgment.pair.right_id == verdict.response_id else -grade
        judge(verdict.judgment.pair, toward_b, "Maria", "person", rationale="<b>I</b> disagree.")
    # The judge agrees on the first one, and saw a tie on the third: only a preference can be disagreed with.
    assert shown(lead, f"{against}&disagree=on") == [1]
    html = page(lead, f"{against}&disagree=on")
    assert "Maria" in html and "&lt;b&gt;I&lt;/b&gt; disagree." in html
    assert "B slightly better than the baseline" in html


def test_a_judges_rationale_and_its_answer_in_each_order_stand_below(lead: Client) -> None:
    result = row("ours", [1.0])
    verdict = result.verdicts.select_related("judgment").get()
    assert verdict.judgment
    for order, grade in (("left_first", 1), ("right_first", -1)):
        verdict.judgment.calls.create(
            pair=verdict.judgment.pair,
            author=verdict.judgment.author,
            shown=order,
            grade=grade,
            raw=f"Raw {order} <i>",
        )
    html = page(lead, f"/leaderboards/results/{result.pk}/")
    assert "Because it says so." in html
    assert "A first" in html and "B first" in html and "Raw left_first &lt;i&gt;" in html
    assert "A slightly better than B" in html and "B slightly better than A" in html


def test_what_models_wrote_is_harmless(lead: Client) -> None:
    result = row("ours", [1.0])
    Response.objects.update(text="<script>alert(1)</script> **bold**")
    html = page(lead, f"/leaderboards/results/{result.pk}/")
    assert "<script>alert" not in html and "<strong>bold</strong>" in html


def test_a_row_tells_what_it_came_from(lead: Client) -> None:
    model = checkpoint("tuned")
    result = row("tuned", WON)
    BenchmarkResult.objects.filter(pk=result.pk).update(author=Checkpoint.objects.get(pk=model.pk).author)
    html = page(lead, f"/leaderboards/results/{result.pk}/")
    assert f'href="{HERE}/checkpoints/{model.pk}/"' in html and f'href="{HERE}/runs/{result.run_id}/"' in html
    assert "length_controlled_winrate" in html


def test_points_without_a_baseline_have_no_a_side(lead: Client) -> None:
    result = row("rated", [8.0, 9.0], benchmark="mt_bench", baseline="")
    html = page(lead, f"/leaderboards/results/{result.pk}/")
    assert 'class="compare of-1"' in html and 'id="categories"' not in html and "By rated." in html


def test_an_empty_studio_teaches_the_first_step(lead: Client) -> None:
    assert "Nothing has been measured yet" in page(lead, "/leaderboards/")
    assert "Nothing has been measured yet" in page(lead, "/leaderboards/mt_bench/")


def test_queries_grow_neither_with_rows_nor_with_questions(lead: Client) -> None:
    a, b = row("one", [1.0]), row("two", [0.0])
    paths = [
        "/leaderboards/",
        "/leaderboards/alpaca_eval/",
        f"/leaderboards/results/{b.pk}/",
        f"/leaderboards/compare/?a={a.pk}&b={b.pk}",
    ]
    few = [queries(lead, path) for path in paths]
    for name in ("three", "four", "five"):
        row(name, WON[:10])
    more = [row("one more", WON[:10]), row("two more", [0.0] * 10)]
    paths[2:] = [
        f"/leaderboards/results/{more[1].pk}/",
        f"/leaderboards/compare/?a={more[0].pk}&b={more[1].pk}",
    ]
    assert [queries(lead, path) for path in paths] == few
    assert max(few) < 25
