"""Several endpoints share a judge's questions: one that is slow, wrong or down costs nothing but its share."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from annotation.judges.client import calls
from annotation.judges.client.keys import seal
from annotation.judges.config.registry import Judge, load
from annotation.judges.runs import over_pairs
from annotation.judges.runs.outcomes import Outcome
from annotation.models import Endpoint as Row
from annotation.models import JudgeCall, Pair
from tests.annotation.judges.endpoint import Endpoint, completion, cut, fault, serving
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"
Make = Callable[..., Endpoint]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """`make("east", requests_per_minute=60)`: a server, and its row in the pool."""
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.05)
    with ExitStack() as running:

        def made(name: str, **fields: Any) -> Endpoint:
            served = running.enter_context(serving(Endpoint()))
            given = {"base_url": served.address, "allow_private": True, "encrypted_key": seal(KEY)}
            Row.objects.create(name=name, **(given | fields))
            return served

        yield made


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def judged(judge: Judge, count: int) -> Outcome:
    there = Pair.objects.count()
    for n in range(there, there + count):
        pair(f"Name {n} primes.")
    return over_pairs.judge_pairs(judge, Pair.objects.all())


def test_they_share_the_questions_and_each_answer_says_whose_it_is(make: Make, judge: Judge) -> None:
    east, west = make("east"), make("west")
    east.seconds = west.seconds = 0.05
    assert judged(judge, 20).judged == 20
    asked = {"east": len(east.asked), "west": len(west.asked)}
    assert min(asked.values()) >= 10 and sum(asked.values()) == 40
    assert {name: JudgeCall.objects.filter(endpoint=name).count() for name in asked} == asked
    assert east.keys == west.keys == {f"Bearer {KEY}"}


def test_none_is_asked_more_at_once_than_it_takes(make: Make, judge: Judge) -> None:
    east, west = make("east", in_flight=3), make("west", in_flight=5)
    east.seconds = west.seconds = 0.05
    judged(judge, 30)
    assert (east.most_at_once, west.most_at_once) == (3, 5)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (fault(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"), "refuses the key"),
        (fault(403), "refuses the key"),
        (fault(404, "model_not_found"), "knows no model"),
        (fault(429, "insufficient_quota"), "quota is used up"),
        (fault(429, retry_after="86400"), "left alone for 86,400 s"),
        (fault(302, location="http://127.0.0.1:9/"), "no redirect is followed"),
    ],
)
def test_one_that_answers_nobody_leaves_and_the_other_takes_its_questions(
    make: Make, judge: Judge, reply: Any, says: str
) -> None:
    east, west = make("east"), make("west")
    east.faults = [reply] * 999
    outcome = judged(judge, 20)
    assert (outcome.judged, outcome.failed, outcome.stopped) == (20, 0, "")
    assert len(west.asked) == 40
    west.faults = [reply] * 999
    stopped = judged(judge, 20).stopped
    assert says in stopped and "east" in stopped and "west" in stopped
    assert KEY not in stopped


def test_one_that_is_down_costs_the_others_nothing(make: Make, judge: Judge) -> None:
    Row.objects.create(name="east", base_url="http://127.0.0.1:9/v1", allow_private=True)
    west = make("west")
    assert judged(judge, 20).judged == 20
    assert len(west.asked) == 40


def test_a_rate_limit_slows_the_one_that_has_it(make: Make, judge: Judge) -> None:
    east, west = make("east"), make("west")
    east.faults = [fault(429, retry_after="30")] * 999
    began = time.monotonic()
    assert judged(judge, 20).judged == 20
    assert time.monotonic() - began < 15
    assert len(west.asked) == 40 and len(east.asked) <= 20


def test_what_the_endpoint_allows_in_a_minute_is_kept(make: Make, judge: Judge) -> None:
    east = make("east", requests_per_minute=60)
    began = time.monotonic()
    assert judged(judge, 4).judged == 4
    # A burst of five, and the other three at 55 a minute.
    assert 3.0 <= time.monotonic() - began < 12
    assert len(east.asked) == 8


def test_it_heeds_what_the_endpoint_says_is_left(make: Make, judge: Judge) -> None:
    east = make("east", in_flight=1)
    told = {"limit": "60", "remaining": "0", "reset": "30s"}
    headers = {f"x-ratelimit-{name}-requests": value for name, value in told.items()}
    status, body, _ = completion("Verdict: =")
    east.reply = lambda request: east.asked.append(request) or (status, body, headers)  # type: ignore[method-assign, func-returns-value]
    began = time.monotonic()
    assert judged(judge, 2).calls == 4
    # Each answer says that 60 come back in 30 s.
    assert 1.4 <= time.monotonic() - began < 8


def test_one_that_refuses_every_request_stops_the_run_with_what_it_dislikes(make: Make, judge: Judge) -> None:
    make("east").faults = [fault(400, "unsupported_parameter", "…")] * 999
    outcome = judged(judge, 60)
    assert "refuses the request (400, unsupported_parameter)" in outcome.stopped
    assert outcome.failed < 60 and outcome.judged == 0


def test_one_that_only_fails_stops_the_run_rather_than_failing_every_pair(make: Make, judge: Judge) -> None:
    make("east").faults = [fault(500)] * 9999
    outcome = judged(judge, 60)
    assert "answered 500" in outcome.stopped and outcome.failed < 60


def test_an_answer_that_was_cut_is_asked_for_again(make: Make, judge: Judge) -> None:
    east = make("east")
    east.faults = [cut(), cut()]
    assert (judged(judge, 1).judged, len(east.asked)) == (1, 4)


def test_an_answer_that_does_not_come_is_asked_for_again(
    make: Make, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "TIMEOUT", 0.3)
    east = make("east", in_flight=1)
    east.slow = [3.0]
    assert judged(judge, 1).judged == 1
    # The third answer is the one that nobody waits for any more.
    assert len(east.asked) == 2 and east.at_once == 1


@pytest.mark.parametrize("allow", [False, True])
def test_a_private_address_is_connected_to_only_if_an_admin_allowed_it(make: Make, judge: Judge, allow: bool) -> None:
    east = make("east")
    for address in (east.address, east.address.replace("127.0.0.1", "localhost")):
        Row.objects.update(base_url=address, allow_private=allow)
        assert ("private address" in judged(judge, 1).stopped) is not allow
    assert bool(east.asked) is allow


def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to(
    make: Make, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    east = make("east")

    async def resolve(*asked: object, **how: object) -> list[Any]:
        there = {"host": "127.0.0.1", "port": urlsplit(east.address).port}
        return [{**there, "hostname": "judges.example", "family": 2, "proto": 6, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    Row.objects.update(base_url="https://judges.example/v1", allow_private=False)
    assert "private address" in judged(judge, 1).stopped


def test_nobody_is_followed_to_another_address(make: Make, judge: Judge) -> None:
    east, west = make("east"), make("west", pool="careful")
    east.faults = [(307, b"", {"Location": west.address})]
    assert "no redirect is followed" in judged(judge, 1).stopped
    assert not west.asked


def test_what_the_database_cannot_hold_does_not_end_the_run(make: Make, judge: Judge) -> None:
    body = completion("A nul \0 and half a pair. Verdict: =")[1].replace(b"half", rb"\ud800")
    make("east").faults = [(200, body, {}), completion("Verdict: =", logprobs={"content": [{"top_logprobs": None}]})]
    outcome = judged(judge, 4)
    assert (outcome.judged + outcome.failed, outcome.stopped) == (4, "")
    assert JudgeCall.objects.filter(raw__contains="A nul \ufffd").exists()


def test_a_pool_of_the_judges_own_is_asked_and_no_other(make: Make, judge: Judge) -> None:
    east, west = make("east"), make("west", pool="careful")
    assert judged(msgspec.structs.replace(judge, endpoint="careful"), 1).judged == 1
    assert (len(east.asked), len(west.asked)) == (0, 2)
