"""A chat judge against a real server, through the real client."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from annotation.judges.client import calls, chat
from annotation.judges.config.registry import Judge, Price, load
from annotation.judges.runs import over_pairs
from annotation.judges.runs.outcomes import Purpose
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.judges.endpoint import Endpoint, completion, fault, serving
from tests.annotation.making import author, pair, paired, response

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"


@pytest.fixture
def endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.05)
    with serving(Endpoint(verdict=prefers_seven)) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, KEY
        yield served


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def prefers_seven(first: str, second: str) -> str:
    return f"Seven is prime.\nVerdict: {'A++' if 'Seven' in first else 'B++'}"


def pairs(count: int) -> list[Pair]:
    return [pair(f"Name {n} primes.") for n in range(count)]


def test_every_pair_is_read_in_both_orders_and_judged_once(endpoint: Endpoint, judge: Judge) -> None:
    made = pairs(3)
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.calls, outcome.failed, outcome.inconsistent) == (3, 6, 0, 0)
    for judgment in Judgment.objects.all():
        assert (judgment.grade, judgment.shown, judgment.consistent) == (2, "both", True)
        assert judgment.author == judge.author
        assert {call.shown for call in judgment.calls.all()} == {"left_first", "right_first"}
    made[0].refresh_from_db()
    assert (made[0].n_judgments, made[0].mean_grade) == (1, 2.0)


def test_what_was_asked_and_answered_is_kept_whole(endpoint: Endpoint, judge: Judge) -> None:
    pairs(1)
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    request, call = endpoint.asked[0], JudgeCall.objects.earliest("pk")
    assert (request["model"], request["temperature"]) == (judge.model, judge.settings["temperature"])
    assert request["messages"][0] == {"role": "system", "content": judge.system}
    assert (call.model, call.tokens_in, call.tokens_out) == ("tiny-judge-2026", 100, 10)
    assert call.raw.startswith("Seven is prime.") and call.rationale == "Seven is prime."
    assert outcome.price == pytest.approx(2 * (100 * judge.price.input + 10 * judge.price.output) / 1e6)


def test_a_second_run_asks_nothing(endpoint: Endpoint, judge: Judge) -> None:
    pairs(2)
    over_pairs.judge_pairs(judge, Pair.objects.all())
    again = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (again.judged, again.calls, len(endpoint.asked)) == (0, 0, 4)


def test_an_answer_that_was_paid_for_is_not_paid_for_again(endpoint: Endpoint, judge: Judge) -> None:
    pairs(1)
    over_pairs.judge_pairs(judge, Pair.objects.all())
    JudgeCall.objects.update(judgment=None)
    Judgment.objects.all().delete()
    again = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (again.judged, again.cached, again.calls) == (1, 2, 0)
    assert (JudgeCall.objects.count(), len(endpoint.asked)) == (2, 2)
    assert Judgment.objects.get().grade == 2


def test_an_answer_whose_words_were_erased_is_not_paid_for_again(endpoint: Endpoint, judge: Judge) -> None:
    one = pair()
    over_pairs.judge_pairs(judge, Pair.objects.all())
    JudgeCall.objects.update(raw="", logprobs=None, raw_erased_at=timezone.now())
    paired(response(one.prompt, "Seven.", "third"), response(one.prompt, "Four.", "fourth"))
    again = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (again.calls, again.cached, len(endpoint.asked)) == (0, 2, 2)
    assert [j.grade for j in Judgment.objects.order_by("pk")] == [2, -2]
    assert not JudgeCall.objects.filter(raw_erased_at=None).exists()


def test_words_that_are_used_again_are_as_old_as_they_were(endpoint: Endpoint, judge: Judge) -> None:
    one, long_ago = pair(), timezone.now() - timedelta(days=400)
    over_pairs.judge_pairs(judge, Pair.objects.all())
    JudgeCall.objects.update(created_at=long_ago)
    paired(response(one.prompt, "Seven.", "third"), response(one.prompt, "Four.", "fourth"))
    assert over_pairs.judge_pairs(judge, Pair.objects.all()).cached == 2
    assert JudgeCall.objects.filter(created_at=long_ago).exclude(raw="").count() == 4


def test_the_same_question_of_another_pair_is_read_from_its_own_side(endpoint: Endpoint, judge: Judge) -> None:
    one = pair()
    over_pairs.judge_pairs(judge, Pair.objects.all())
    mirrored = paired(response(one.prompt, "Seven.", "third"), response(one.prompt, "Four.", "fourth"))
    again = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (again.calls, again.cached) == (0, 2)
    assert [j.grade for j in Judgment.objects.order_by("pk")] == [2, -2]
    assert {call.judgment.pair for call in JudgeCall.objects.filter(pair=mirrored) if call.judgment} == {mirrored}
    assert JudgeCall.objects.filter(pair=one, judgment__pair=one).count() == 2


def test_readings_that_contradict_are_a_tie_that_says_so(endpoint: Endpoint, judge: Judge) -> None:
    pairs(1)
    endpoint.verdict = lambda first, second: "The first, always.\nVerdict: A+++"
    assert over_pairs.judge_pairs(judge, Pair.objects.all()).inconsistent == 1
    assert (Judgment.objects.get().grade, Judgment.objects.get().consistent) == (0, False)


def test_the_same_text_twice_is_a_tie_that_costs_nothing(endpoint: Endpoint, judge: Judge) -> None:
    pair(left="Seven.", right="Seven.")
    assert over_pairs.judge_pairs(judge, Pair.objects.all()).judged == 1
    assert (Judgment.objects.get().grade, endpoint.asked) == (0, [])


@pytest.mark.parametrize(
    "faults",
    [
        [fault(429, "rate_limit_exceeded", retry_after="0.01")],
        [fault(500)] * 3,
        [fault(503, retry_after="0"), fault(429)],
        [(200, b'{"choices": [{"mess', {})] * 2,
        [(502, b"<html>Bad gateway</html>", {"content-type": "text/html"})],
    ],
)
def test_what_passes_is_asked_again(endpoint: Endpoint, judge: Judge, faults: list[Any]) -> None:
    pairs(1)
    endpoint.faults = list(faults)
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.calls, len(endpoint.asked)) == (1, 2, 2 + len(faults))


def test_the_endpoint_says_how_long_to_wait(endpoint: Endpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 60.0)
    pairs(1)
    endpoint.faults = [fault(429, retry_after="0.7")]
    began = time.monotonic()
    over_pairs.judge_pairs(judge, Pair.objects.all())
    assert 0.7 <= time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (fault(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"), "refuses the key"),
        (fault(404, "model_not_found"), "knows no model"),
        (fault(429, "insufficient_quota"), "quota is used up"),
    ],
)
def test_where_nothing_would_be_answered_the_run_stops_and_says_why(
    endpoint: Endpoint, judge: Judge, reply: Any, says: str
) -> None:
    pairs(3)
    endpoint.faults = [reply] * 99
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert says in outcome.stopped and KEY not in outcome.stopped
    assert (outcome.judged, outcome.failed, Judgment.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (fault(400, "context_length_exceeded"), "too long"),
        (fault(400, "400", "This model's maximum context length is 2048 tokens."), "too long"),
        (completion(None, refusal="I will not."), "refused"),
        (completion("", finish_reason="content_filter"), "content filter"),
        (completion("I like both."), "no line"),
        ((200, b'{"choices": [{"mess', {}), "cannot be read"),
        ((200, b'{"id": "x", "choices": []}', {}), "without a choice"),
    ],
)
def test_what_concerns_one_pair_is_kept_as_its_failure_and_asked_again_next_time(
    endpoint: Endpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch, reply: Any, says: str
) -> None:
    monkeypatch.setattr(calls, "ATTEMPTS", 1)
    pairs(2)
    endpoint.faults = [reply]
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.failed, outcome.stopped) == (1, 1, "")
    failed = Judgment.objects.get(state="failed")
    assert says in failed.error and failed.grade is None
    again = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (again.judged, again.cached, again.calls) == (1, 1, 1)
    assert not Judgment.objects.filter(state="failed", superseded_at=None).exists()


def test_an_answer_that_ended_where_its_tokens_ended_says_so(endpoint: Endpoint, judge: Judge) -> None:
    pairs(2)
    endpoint.faults = [completion("I like both."), completion("I like")]
    short = msgspec.structs.replace(judge, settings={"max_tokens": 10}, both_orders=False)
    assert over_pairs.judge_pairs(short, Pair.objects.all()).failed == 2
    assert "cut at 10 tokens: raise the judge's max_tokens" in Judgment.objects.earliest("pk").error
    longer = msgspec.structs.replace(short, settings={"max_tokens": 11}, version=2)
    endpoint.faults = [completion("I like both.")]
    over_pairs.judge_pairs(longer, Pair.objects.all())
    assert "raise" not in JudgeCall.objects.filter(settings={"max_tokens": 11}).exclude(error="").get().error


def test_a_refusal_is_kept_with_what_it_cost(endpoint: Endpoint, judge: Judge) -> None:
    pairs(1)
    endpoint.faults = [completion(None, refusal="I will not.")]
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.failed, outcome.calls, outcome.unparsed) == (1, 2, 1)
    refused = JudgeCall.objects.exclude(error="").get()
    assert (refused.raw, refused.tokens_out) == ("I will not.", 10) and refused.price > 0


def test_an_endpoint_that_is_down_stops_the_run(settings: Any, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.01)
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "http://127.0.0.1:9/v1", KEY
    pairs(1)
    assert "out of reach" in over_pairs.judge_pairs(judge, Pair.objects.all()).stopped


def test_without_a_key_nothing_is_asked(endpoint: Endpoint, settings: Any, judge: Judge) -> None:
    settings.OPENAI_API_KEY = ""
    pairs(1)
    assert "OPENAI_API_KEY" in over_pairs.judge_pairs(judge, Pair.objects.all()).stopped
    assert endpoint.asked == []


def test_the_key_goes_to_the_endpoint_and_nowhere_else(
    endpoint: Endpoint, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    pairs(1)
    endpoint.faults = [fault(401, "invalid_api_key", f"Incorrect API key provided: {KEY}")]
    over_pairs.judge_pairs(judge, Pair.objects.all())
    over_pairs.judge_pairs(judge, Pair.objects.all())
    assert endpoint.keys == {f"Bearer {KEY}"}
    kept = str([list(model.objects.values()) for model in (JudgeCall, Judgment)])
    assert KEY not in kept and KEY not in caplog.text


def test_when_cancelled_what_was_asked_is_waited_for_and_kept(endpoint: Endpoint, judge: Judge) -> None:
    pairs(200)
    endpoint.seconds = 0.05
    seen: list[int] = []
    outcome = over_pairs.judge_pairs(
        judge, Pair.objects.all(), report=lambda now: seen.append(now.judged), should_stop=lambda: any(seen)
    )
    assert outcome.stopped == "It was cancelled."
    assert JudgeCall.objects.count() == len(endpoint.asked) == outcome.calls < 400
    assert Judgment.objects.count() == outcome.judged == seen[-1]


def test_many_are_asked_at_once_and_never_more_than_wanted(
    endpoint: Endpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.judges.runs.frame.IN_FLIGHT", 20)
    pairs(60)
    endpoint.seconds = 0.1
    began = time.monotonic()
    over_pairs.judge_pairs(judge, Pair.objects.all())
    assert endpoint.most_at_once == 20
    assert time.monotonic() - began < 120 * 0.1 / 4


def test_a_judge_that_reads_once_says_nothing_of_consistency(endpoint: Endpoint, judge: Judge) -> None:
    pairs(1)
    over_pairs.judge_pairs(msgspec.structs.replace(judge, both_orders=False), Pair.objects.all())
    assert (Judgment.objects.get().grade, Judgment.objects.get().consistent) == (2, None)


def test_queries_do_not_grow_with_the_pairs(
    endpoint: Endpoint, judge: Judge, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    author("warm", "judge")
    assert judge.author
    pairs(30)
    with django_assert_max_num_queries(400):
        over_pairs.judge_pairs(judge, Pair.objects.all())


def twin(of: Pair) -> Pair:
    """The same two texts by others, the other way round."""
    return paired(response(of.prompt, of.right.text, "third"), response(of.prompt, of.left.text, "fourth"))


def test_the_same_question_is_under_way_once(endpoint: Endpoint, judge: Judge) -> None:
    one = pair()
    mirrored = twin(one)
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.calls, outcome.cached, len(endpoint.asked)) == (2, 2, 2, 2)
    assert [Judgment.objects.get(pair=which).grade for which in (one, mirrored)] == [2, -2]
    assert JudgeCall.objects.exclude(tokens_in=0).count() == 2


def test_a_failure_is_not_handed_on_to_the_same_question(endpoint: Endpoint, judge: Judge) -> None:
    twin(pair())
    endpoint.faults = [completion("Both are fine.")]
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.failed, outcome.calls, outcome.unparsed) == (1, 1, 3, 1)


def test_samples_are_questions_of_their_own_and_are_known_again(endpoint: Endpoint, judge: Judge) -> None:
    thrice = msgspec.structs.replace(judge, samples=3, seed=7)
    one = pair()
    over_pairs.judge_pairs(thrice, Pair.objects.all())
    assert len(endpoint.asked) == 6
    assert {request["seed"] for request in endpoint.asked} == {7, 8, 9}
    mirrored = twin(one)
    again = over_pairs.judge_pairs(thrice, Pair.objects.all())
    assert (again.cached, len(endpoint.asked)) == (6, 6)
    assert [Judgment.objects.get(pair=which).grade for which in (one, mirrored)] == [2, -2]


def test_no_question_is_asked_that_could_break_the_budget(endpoint: Endpoint, judge: Judge) -> None:
    pairs(30)
    endpoint.seconds = 0.02
    dear = msgspec.structs.replace(judge, price=Price(input=0, output=1e5), settings={"max_tokens": 10})
    outcome = over_pairs.judge_pairs(dear, Pair.objects.all(), purpose=Purpose("run 1", since(), budget=20.125))
    assert outcome.price == pytest.approx(20.0)
    assert (outcome.calls, outcome.judged) == (20, 10)
    assert outcome.out_of_budget and outcome.stopped == "The budget of $20.125 is spent"
    assert len(endpoint.asked) == 20 == JudgeCall.objects.count()


def test_what_earlier_attempts_paid_counts_against_the_budget(endpoint: Endpoint, judge: Judge) -> None:
    pairs(30)
    dear = msgspec.structs.replace(judge, price=Price(input=0, output=1e5), settings={"max_tokens": 10})
    began = since()
    over_pairs.judge_pairs(dear, Pair.objects.all(), purpose=Purpose("run 1", began, budget=8.0))
    outcome = over_pairs.judge_pairs(dear, Pair.objects.all(), purpose=Purpose("run 1", began, budget=14.0))
    assert outcome.price == pytest.approx(14.0)
    assert (outcome.calls, outcome.judged, outcome.already) == (14, 7, 0)
    assert len(endpoint.asked) == 14
    whole = over_pairs.judge_pairs(dear, Pair.objects.all(), purpose=Purpose("run 1", began))
    assert (whole.calls, whole.done, whole.pairs, whole.stopped) == (60, 30, 30, "")


def test_a_dear_question_waits_for_what_the_answers_under_way_leave_over(endpoint: Endpoint, judge: Judge) -> None:
    pairs(10)
    generous = msgspec.structs.replace(judge, price=Price(input=0, output=1e5), settings={"max_tokens": 40})
    outcome = over_pairs.judge_pairs(generous, Pair.objects.all(), purpose=Purpose("run 1", since(), budget=13.0))
    assert outcome.out_of_budget and outcome.price == pytest.approx(10.0)
    assert endpoint.most_at_once <= 3


def test_an_answer_that_cannot_be_read_is_not_paid_for_again_by_the_same_run(endpoint: Endpoint, judge: Judge) -> None:
    pairs(2)
    began = since()
    endpoint.faults = [completion("I like both.")]
    first = over_pairs.judge_pairs(judge, Pair.objects.all(), purpose=Purpose("run 1", began))
    assert (first.judged, first.failed, first.calls) == (1, 1, 4)
    again = over_pairs.judge_pairs(judge, Pair.objects.all(), purpose=Purpose("run 1", began))
    assert (again.judged, again.failed, again.calls, again.done, len(endpoint.asked)) == (1, 1, 4, 2, 4)
    other = over_pairs.judge_pairs(judge, Pair.objects.all(), purpose=Purpose("run 2", since()))
    assert (other.already, other.judged, other.calls, len(endpoint.asked)) == (1, 1, 1, 5)


def test_an_answer_outlives_a_parser_that_breaks_on_it(
    endpoint: Endpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs(1)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr("annotation.judges.runs.chat_pairs.understand", lambda judge, call: 1 / 0)
        over_pairs.judge_pairs(judge, Pair.objects.all())
    assert JudgeCall.objects.count() == len(endpoint.asked)
    over_pairs.judge_pairs(judge, Pair.objects.all())
    assert len(endpoint.asked) == 2 and Judgment.objects.get().grade == 2


def since() -> datetime:
    return timezone.now()


def test_a_question_that_is_lost_on_its_way_ends_the_run(
    endpoint: Endpoint, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*asked: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(chat, "ask", lost)
    pairs(1)
    with pytest.raises(RuntimeError, match="given up"):
        over_pairs.judge_pairs(judge, Pair.objects.all())
