"""MT-bench and Vicuna-bench as pages: by category, the list of questions, one question with what was said."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.models import JudgeCall, Score
from studio.accounts.models import User
from tests.annotation.making import judge, paired, prompt, response
from tests.frontend.counting import queries
from tests.frontend.markup import tight
from tests.frontend.measured import JUDGE, asked, call, result
from training.models import BenchmarkVerdict

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_a_result_has_its_figures_a_radar_and_the_table_that_says_the_same(browser: Client) -> None:
    page = shown(browser, f"/benchmarks/{result().pk}/")
    assert "6.50" in page and "6.00–7.00" in page
    assert '<svg class="radar"' in page and "one-model, math: 6.5" in page
    assert '<td class="number fit strong">6.50</td><td class="number fit">9.00</td>' in tight(page)


def test_counts_of_a_result_have_thousands(browser: Client) -> None:
    made = result(mean_length=1234.4, figures={"mode": "pair", "win": 5678, "tie": 0, "loss": 9012})
    page = shown(browser, f"/benchmarks/{made.pk}/")
    assert "1,234" in page and "5,678 · 0 · 9,012" in page


def test_others_of_the_same_kind_are_laid_over_it(browser: Client) -> None:
    one, other = result(), result("other-model")
    page = shown(browser, f"/benchmarks/{one.pk}/?with={other.pk}")
    assert page.count('class="series-2"') == 3
    assert f'name="with" value="{other.pk}" checked' in page


def test_a_result_of_another_judge_is_refused_in_words(browser: Client) -> None:
    one, other = result(), result("other-model", judge="another")
    page = shown(browser, f"/benchmarks/{one.pk}/?with={other.pk}")
    assert "cannot stand side by side: the judges differ" in page
    assert "series-2" not in page


def test_a_published_row_without_categories_has_no_radar(browser: Client) -> None:
    published = result(run=None, project=None, source="a table", figures={"average": 8.99}, author=None, questions=0)
    page = shown(browser, f"/benchmarks/{published.pk}/")
    assert "radar" not in page and "published" in page
    assert "comes without its answers" in shown(browser, f"/benchmarks/{published.pk}/answers/")


def test_the_questions_are_listed_with_points_and_filtered(browser: Client) -> None:
    made = result(questions=3)
    asked(made, 7, value=None, details={"turn_1": None, "turn_2": None})
    path = f"/benchmarks/{made.pk}/answers/"
    assert shown(browser, path).count('<tr id="row-') == 4
    assert shown(browser, f"{path}?state=failed").count('<tr id="row-') == 1
    assert shown(browser, f"{path}?category=none").count('<tr id="row-') == 0
    assert shown(browser, f"{path}?q=prime.+2").count('<tr id="row-') == 1


def test_a_question_shows_both_turns_and_what_was_said_of_each(browser: Client) -> None:
    made = result()
    verdict = made.verdicts.get()
    page = shown(browser, f"/benchmarks/{made.pk}/answers/{verdict.pk}/")
    first, second = page.split('id="turn-2"')
    assert "Seven." in first and "9 of 10" in first and "9 of 10" not in second
    assert "An even one?" in second and "Four." in second and "4 of 10" in second
    assert "reference answer" in first


def test_what_a_judge_wrote_is_harmless(browser: Client) -> None:
    made = result()
    page = shown(browser, f"/benchmarks/{made.pk}/answers/{made.verdicts.get().pk}/")
    assert "So be it." in page and "<script>alert" not in page


def test_a_pair_shows_both_answers_and_the_judge_in_each_order(browser: Client) -> None:
    made = result(questions=0, figures={"mode": "pair", "win": 1, "loss": 0, "tie": 0, "turn_1": 1.0, "turn_2": None})
    of = prompt("Name a prime.", metadata={"question_id": 1, "turns": ["Name a prime."]})
    ours, theirs = response(of, "Seven.", "one-model"), response(of, "Four.", "other-model")
    pair = paired(ours, theirs)
    judgment = judge(pair, -2, by="fastchat/pair · gpt-4 · turn 1")
    call(pair, judgment.author, grade=-2, raw="[[A]]", judgment=judgment)
    call(pair, judgment.author, grade=2, raw="[[A]] again", judgment=judgment, shown="right_first")
    details = {"comparisons": [{"turn": 1, "value": 1.0, "judgment": judgment.pk, "against": theirs.pk}]}
    verdict = BenchmarkVerdict.objects.create(
        result=made, prompt=of, response=ours, baseline_response=theirs, value=1.0, judgment=judgment, details=details
    )
    page = shown(browser, f"/benchmarks/{made.pk}/answers/{verdict.pk}/")
    assert "Seven." in page and "Four." in page
    assert '<span class="strong">won</span> <span>read first</span>' in tight(page)
    assert '<span class="strong">lost</span> <span>read second</span>' in tight(page)


def test_points_that_could_not_be_read_are_entered(browser: Client, lea: User) -> None:
    made = result(questions=0)
    verdict = asked(made, 0, value=None)
    assert verdict.response
    Score.objects.filter(author__name=f"{JUDGE} · turn 1").delete()
    JudgeCall.objects.filter(author__name=f"{JUDGE} · turn 1").update(scores=None, error="Unread.")
    waiting = JudgeCall.objects.get(error="Unread.")
    path = f"/benchmarks/{made.pk}/answers/{verdict.pk}/"
    assert "Points that you read in it" in shown(browser, path)
    assert (
        "off the scale"
        in browser.post(f"{path}points/", {"call": waiting.pk, "points": "12"}, follow=True).content.decode()
    )
    browser.post(f"{path}points/", {"call": waiting.pk, "points": "8"})
    waiting.refresh_from_db()
    assert (waiting.repaired_by, waiting.error) == (lea, "")
    assert Score.objects.get(author=waiting.author).value == 8
    assert "entered by" in shown(browser, path)


def test_what_varies_is_offered_to_people(browser: Client) -> None:
    of = prompt()
    pair = paired(response(of, "Seven.", "one-model"), response(of, "Four.", "other-model"))
    figures: dict[str, Any] = {"score_1": 9, "score_2": 8, "win_1": 1, "win_2": 0, "tie": 0, "conflict_rate": 0.5}
    figures |= {"for_people": [{"prompt": of.pk, "pair": pair.pk, "entropy": 0.69}], "by_category": {"generic": 88.9}}
    made = result(benchmark="vicuna_bench", questions=0, figures=figures, value=88.9)
    page = shown(browser, f"/benchmarks/{made.pk}/")
    assert "Send to review" in page and f"Pair {pair.pk}" in page and "50.0 %" in page


def test_queries_do_not_grow_with_questions_or_results(browser: Client) -> None:
    made = result(questions=1)
    few = [queries(browser, path) for path in (f"/benchmarks/{made.pk}/", f"/benchmarks/{made.pk}/answers/")]
    for number in range(1, 10):
        asked(made, number)
        result(f"model {number}", questions=0)
    assert [queries(browser, path) for path in (f"/benchmarks/{made.pk}/", f"/benchmarks/{made.pk}/answers/")] == few
    verdict = made.verdicts.first()
    assert verdict
    assert max(*few, queries(browser, f"/benchmarks/{made.pk}/answers/{verdict.pk}/")) < 12


@pytest.mark.parametrize("path", ["", "answers/", "answers/1/"])
def test_outsiders_see_nothing(outsider: Client, signed_in: SignIn, ann: User, path: str) -> None:
    assert outsider.get(f"/benchmarks/1/{path}").headers["Location"].startswith("/sign-in/")
    assert signed_in(ann).get(f"/benchmarks/1/{path}").status_code == 403


def test_outsiders_enter_nothing(outsider: Client, signed_in: SignIn, ann: User) -> None:
    path = "/benchmarks/1/answers/1/points/"
    assert outsider.post(path).status_code == 302
    assert signed_in(ann).post(path).status_code == 403
    assert outsider.get(path).status_code == 405
