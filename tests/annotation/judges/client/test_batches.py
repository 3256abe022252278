"""Judging by an endpoint's Batch API: at half the price, and nothing is submitted twice, whatever breaks off."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from annotation.judges.client import batches
from annotation.judges.config.registry import Judge, load
from annotation.judges.runs import over_pairs
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.models import Endpoint, JudgeBatch, JudgeCall, Judgment, Pair
from tests.annotation.judges.batch_endpoint import BatchEndpoint
from tests.annotation.judges.endpoint import completion, fault, serving
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

PRICE = 0.0013


def prefers_seven(first: str, second: str) -> str:
    return f"Verdict: {'A+' if 'Seven' in first else 'B+'}"


@pytest.fixture
def endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchEndpoint]:
    monkeypatch.setattr(batches, "EVERY", 0.05)
    with serving(BatchEndpoint(verdict=prefers_seven)) as served:
        assert isinstance(served, BatchEndpoint)
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def judged(judge: Judge, count: int = 0, should_stop: Any = lambda: False) -> Outcome:
    there = Pair.objects.count()
    for n in range(there, there + count):
        pair(f"Name {n} primes.")
    return over_pairs.judge_pairs(judge, Pair.objects.all(), purpose=Purpose(batch=True), should_stop=should_stop)


def test_all_questions_are_one_batch_and_cost_half(endpoint: BatchEndpoint, judge: Judge) -> None:
    outcome = judged(judge, 10)
    assert (outcome.judged, outcome.failed, outcome.calls, outcome.stopped) == (10, 0, 20, "")
    assert outcome.price == pytest.approx(20 * PRICE / 2)
    assert len(endpoint.batches) == 1 and len(endpoint.asked) == 20
    assert all(request["model"] == judge.model for request in endpoint.asked)
    assert set(Judgment.objects.values_list("grade", flat=True)) == {1}
    assert JudgeBatch.objects.get().ended_at


def test_an_endpoint_says_what_its_batches_cost(endpoint: BatchEndpoint, judge: Judge) -> None:
    Endpoint.objects.create(name="east", base_url=endpoint.address, allow_private=True, batch_share=0.25)
    assert judged(judge, 1).price == pytest.approx(2 * PRICE / 4)
    assert JudgeCall.objects.filter(endpoint="east").count() == 2


def test_a_run_that_stops_leaves_its_batch_and_the_next_takes_it_up(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.looks = 3
    stops = iter([False] * 3 + [True] * 99)
    assert judged(judge, 10, lambda: next(stops)).stopped == "It was cancelled."
    assert (len(endpoint.batches), JudgeCall.objects.count()) == (1, 0)
    assert judged(judge).judged == 10
    assert (len(endpoint.batches), len(endpoint.asked)) == (1, 20)


def test_pairs_that_came_since_are_another_batch(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.looks = 3
    stops = iter([False] * 3 + [True] * 99)
    judged(judge, 5, lambda: next(stops))
    assert judged(judge, 5).judged == 10
    assert [len(batch.questions) for batch in JudgeBatch.objects.order_by("pk")] == [10, 10]
    assert len(endpoint.asked) == 20


def test_what_dies_before_it_knows_the_batch_finds_it_again(
    endpoint: BatchEndpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(JudgeBatch, "save", lambda *args, **fields: (_ for _ in ()).throw(KeyboardInterrupt()))
        dying.setattr(JudgeBatch.objects, "create", created)
        with pytest.raises(KeyboardInterrupt):
            judged(judge, 3)
    assert JudgeBatch.objects.get().batch_id == "" and len(endpoint.batches) == 1
    assert judged(judge).judged == 3
    assert (len(endpoint.batches), len(endpoint.asked)) == (1, 6)


def created(**fields: Any) -> JudgeBatch:
    """As `create` does, past the `save` that dies."""
    (made,) = JudgeBatch.objects.bulk_create([JudgeBatch(**fields)])
    return made


def test_what_dies_before_it_submits_submits(endpoint: BatchEndpoint, judge: Judge) -> None:
    JudgeBatch.objects.create(author=judge.author, endpoint="environment", questions=["a" * 64])
    assert judged(judge, 3).judged == 3
    assert JudgeBatch.objects.count() == 1


def test_a_batch_that_was_made_and_not_told_of_is_not_made_again(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.lost = 1
    assert judged(judge, 3).judged == 3
    assert len(endpoint.batches) == 1


def test_errors_have_their_names_and_concern_their_pair(endpoint: BatchEndpoint, judge: Judge) -> None:
    long = fault(400, "context_length_exceeded")
    endpoint.errors = {"long": long, "odd": completion("I like both."), "no": completion(None, refusal="I will not.")}
    outcome = judged(judge, 6)
    assert outcome.judged + outcome.failed == 6 and outcome.failed >= 2
    errors = " ".join(JudgeCall.objects.exclude(error="").values_list("error", flat=True))
    assert "too long" in errors and "no line" in errors and "refused" in errors


def test_what_expired_unanswered_is_asked_again_next_time(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.status = "expired"
    outcome = judged(judge, 2)
    assert (outcome.judged, outcome.failed, outcome.calls) == (0, 2, 1)
    assert "without an answer" in Judgment.objects.earliest("pk").error + Judgment.objects.latest("pk").error
    endpoint.status = "completed"
    assert judged(judge).judged == 2
    assert len(endpoint.asked) == 4


def test_a_batch_that_is_not_taken_stops_the_run_and_is_no_more(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.status = "failed"
    outcome = judged(judge, 2)
    assert "could not take the batch (token_limit_exceeded)" in outcome.stopped and outcome.failed == 0
    endpoint.status = "completed"
    assert judged(judge).judged == 2


def test_an_endpoint_without_batches_says_so(endpoint: BatchEndpoint, judge: Judge) -> None:
    endpoint.other = lambda scope, body: fault(404)  # type: ignore[method-assign]
    outcome = judged(judge, 1)
    assert "has no Batch API" in outcome.stopped and (outcome.judged, outcome.failed) == (0, 0)
    assert not JudgeBatch.objects.exists()


def test_a_batch_at_an_endpoint_that_is_gone_is_said(endpoint: BatchEndpoint, judge: Judge) -> None:
    JudgeBatch.objects.create(author=judge.author, endpoint="east", batch_id="batch-7", questions=[])
    assert "at the endpoint east: switch it on" in judged(judge, 1).stopped


def test_a_database_that_is_away_as_batches_are_looked_up_leaves_no_file_open(
    endpoint: BatchEndpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**asked: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    before = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(JudgeBatch.objects, "filter", away)
        judged(judge, 1)
    assert len(os.listdir("/proc/self/fd")) <= before
