"""What a judge did, added up as it comes and again from what was stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.judges.runs.outcomes import UNNAMED, EndpointShare, Outcome, Purpose, so_far
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.making import author, judge, pair


def call(**fields: Any) -> JudgeCall:
    given = {"model": "m", "tokens_in": 10, "tokens_out": 2, "price": 0.5, "latency": 1.5, "endpoint": "east"}
    return JudgeCall(**given | fields)


def test_each_answer_is_counted_where_it_came_from() -> None:
    outcome = Outcome()
    for one in (call(), call(endpoint="west", price=0.25), call(error="No verdict.")):
        outcome.add(one)
    assert (outcome.calls, outcome.unparsed, outcome.tokens_in, outcome.price) == (3, 1, 30, 1.25)
    assert outcome.endpoints == {"east": EndpointShare(2, 1.0, 3.0), "west": EndpointShare(1, 0.25, 1.5)}


@pytest.mark.django_db
def test_what_an_earlier_attempt_stored_is_known_again() -> None:
    purpose = Purpose("run 7", timezone.now() - timedelta(minutes=1))
    of, broken = pair("1"), pair("2")
    good, failed = judge(of, 2, "gpt-4", consistent=False), judge(broken, None, "gpt-4")
    rows: list[tuple[Judgment, dict[str, Any]]] = [
        (good, {}),
        (failed, {"error": "No verdict."}),
        (failed, {"error": "It did not answer.", "model": "", "price": 0.0, "tokens_in": 0, "tokens_out": 0}),
    ]
    for judgment, fields in rows:
        one = call(pair=judgment.pair, author=judgment.author, judgment=judgment, asked_for="run 7", **fields)
        one.shown, one.prompt_digest = "left_first", "0" * 64
        one.save()
    found = so_far(author("gpt-4", "judge"), Pair.objects.all(), purpose)
    assert (found.judged, found.failed, found.inconsistent, found.done) == (1, 1, 1, 2)
    assert (found.calls, found.unparsed, found.unanswered, found.price) == (2, 1, 1, 1.0)
    assert found.endpoints["east"].calls == 2


@pytest.mark.django_db
def test_another_runs_answers_and_those_of_no_run_are_not_its_own() -> None:
    judge(pair(), 2, "gpt-4")
    begun = timezone.now() + timedelta(minutes=1)
    assert so_far(author("gpt-4", "judge"), Pair.objects.all(), Purpose("run 8", begun)) == Outcome()
    assert so_far(author("gpt-4", "judge"), Pair.objects.all(), UNNAMED) == Outcome()
