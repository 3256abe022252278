"""What answers cost, by hand."""

import pytest
from django.utils import timezone

from annotation.judges.cards.cost import counts_and_spending
from annotation.models import JudgeCall
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


def test_what_answers_cost_is_added_up_and_failures_are_told_apart() -> None:
    first, second = pair("1?"), pair("2?")
    for made, grade in ((first, 1), (second, None)):
        judgment = judge(made, grade, shown="both")
        call = {"author": judgment.author, "judgment": judgment, "pair": made, "prompt_digest": "0" * 64}
        paid = {"tokens_in": 100, "tokens_out": 10, "price": 0.02, "latency": 2.0, "model": "gpt-4-0613"}
        JudgeCall.objects.create(**call, shown="left_first", grade=1, raw="Verdict: B+", **paid)
        error = "" if grade else "The answer has no verdict."
        JudgeCall.objects.create(**call, shown="right_first", grade=grade, raw="?", error=error, **paid)
    JudgeCall.objects.create(**call, shown="right_first", error="The endpoint answered 500.")
    spent = counts_and_spending(author("a-judge", "judge"))[1]
    assert (spent.calls, spent.unread, spent.unanswered) == (5, 1, 1)
    assert (spent.tokens_in, spent.price, spent.per_thousand) == (400, 0.08, 40.0)
    assert (spent.p50, spent.models) == (2.0, ["gpt-4-0613"])


def test_a_published_judge_has_the_price_that_its_file_names() -> None:
    for number in range(4):
        judge(pair(f"{number}?"), 1, details={"price": 0.01}, seconds=3.0)
    spent = counts_and_spending(author("a-judge", "judge"))[1]
    assert (spent.calls, spent.per_thousand, spent.p95) == (0, 10.0, 3.0)


def call(**fields: object) -> JudgeCall:
    by = author("a-judge", "judge")
    shown = {"author": by, "prompt_digest": "0" * 64, "shown": "left_first", "raw": "Verdict: B"}
    return JudgeCall.objects.create(**(shown | fields))


def test_ties_failures_and_what_was_superseded_are_counted_apart() -> None:
    for number, grade in enumerate((0, 2, None)):
        judge(pair(f"{number}?"), grade)
    judge(pair("old?"), 0, superseded_at=timezone.now())
    counts, _ = counts_and_spending(author("a-judge", "judge"))
    assert (counts.judged, counts.failed, counts.ties) == (3, 1, 1)


def test_an_answer_that_a_person_repaired_was_unread_and_one_known_before_was_free() -> None:
    one = pair()
    call(pair=one, repaired_at=timezone.now(), tokens_in=9, price=0.03, latency=1.0)
    call(pair=one, shown="right_first")
    _, spent = counts_and_spending(author("a-judge", "judge"))
    assert (spent.calls, spent.unread, spent.repaired, spent.cached) == (2, 1, 1, 1)
    assert (spent.price, spent.per_thousand, spent.p50) == (0.03, 30.0, 1.0)


def test_half_of_the_answers_came_within_the_median_and_each_name_stands_once() -> None:
    for latency, model, endpoint in ((1.0, "m-1", "east"), (2.0, "m-1", ""), (9.0, "m-2", "east")):
        call(pair=pair(f"{latency}?"), latency=latency, model=model, endpoint=endpoint, tokens_in=1)
    _, spent = counts_and_spending(author("a-judge", "judge"))
    assert spent.p50 == 2.0 and spent.p95 == pytest.approx(8.3)
    assert (spent.models, spent.endpoints) == (["m-1", "m-2"], ["east"])


def test_ratings_of_single_responses_cost_something_and_have_no_price_a_pair() -> None:
    call(response=pair().left, price=0.5, tokens_in=1)
    _, spent = counts_and_spending(author("a-judge", "judge"))
    assert (spent.calls, spent.price, spent.per_thousand) == (1, 0.5, None)


def test_a_judge_that_judged_nothing_cost_nothing_and_names_nobody() -> None:
    counts, spent = counts_and_spending(author("a-judge", "judge"))
    assert (counts.judged, spent.calls, spent.price, spent.per_thousand) == (0, 0, None, None)
    assert (spent.p50, spent.models, spent.endpoints) == (None, [], [])
