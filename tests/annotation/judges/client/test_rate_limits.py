"""How fast an endpoint may be asked, on a clock of our own."""

import time
from email.utils import formatdate

import pytest

from annotation.judges.client.rate_limits import Limits, retry_after, seconds_in


def asked_within(limits: Limits, seconds: float, tokens: int = 0) -> list[float]:
    """When questions are asked, if there is always one more and the limits are kept."""
    now, times = 0.0, []
    while now <= seconds:
        if (wait := limits.wait(tokens, now)) <= 1e-9:
            limits.take(tokens)
            times.append(now)
        else:
            now += wait + 1e-6
    return times


@pytest.mark.parametrize("per_minute", [1, 2, 7, 60, 500, 10_000])
def test_no_minute_holds_more_than_was_allowed_and_most_of_it_is_used(per_minute: int) -> None:
    times = asked_within(Limits.of(per_minute, None, 0.0), 300)
    minutes = [sum(start <= at < start + 60 for at in times) for start in times[:: max(1, per_minute // 7)]]
    assert max(minutes) <= per_minute
    assert len(times) >= 0.45 * 5 * per_minute


@pytest.mark.parametrize("tokens", [100, 4_000])
def test_tokens_are_counted_alike_even_where_one_question_takes_more_than_a_burst(tokens: int) -> None:
    times = asked_within(Limits.of(None, 30_000, 0.0), 300, tokens)
    assert 0.85 * 5 * 30_000 <= len(times) * tokens <= 5 * 30_000 + tokens


def test_what_a_question_did_not_take_is_given_back() -> None:
    limits = Limits.of(None, 60_000, 0.0)
    limits.take(5_000)
    assert limits.wait(1_000, 0.0) > 0
    limits.settle(5_000, 1_000)
    assert limits.wait(1_000, 0.0) == 0


def headers(left: int, reset: str, kind: str = "requests", limit: int = 600) -> dict[str, str]:
    named = {"limit": str(limit), "remaining": str(left), "reset": reset}
    return {f"x-ratelimit-{what}-{kind}": value for what, value in named.items()}


@pytest.mark.parametrize("kind", ["requests", "tokens"])
def test_the_endpoint_tells_what_is_left(kind: str) -> None:
    limits = Limits()
    limits.learn(headers(left=0, reset="60s", kind=kind), under_way=0, now=0.0)
    assert limits.wait(1, 0.0) == pytest.approx(0.1)
    assert limits.wait(1, 0.1) == 0


def test_a_limit_of_a_day_comes_back_as_slowly_as_it_says() -> None:
    limits = Limits()
    limits.learn(headers(left=0, reset="24h0m0s", limit=200), under_way=0, now=0.0)
    assert limits.wait(1, 0.0) == pytest.approx(86400 / 200)


def test_questions_under_way_may_not_be_in_it_yet() -> None:
    limits = Limits()
    limits.learn(headers(left=5, reset="59.5s"), under_way=5, now=0.0)
    assert limits.wait(1, 0.0) > 0


def test_what_was_given_holds_beside_what_was_told() -> None:
    limits = Limits.of(12, None, 0.0)
    limits.learn(headers(left=599, reset="0.1s"), under_way=0, now=0.0)
    limits.take(0)
    assert limits.wait(0, 0.0) > 1


def test_an_endpoint_that_is_closed_is_left_alone() -> None:
    limits = Limits()
    limits.close(7, now=1.0)
    limits.close(2, now=1.0)
    assert limits.wait(0, 2.0) == 6 and limits.wait(0, 8.0) == 0


@pytest.mark.parametrize("nonsense", ["", "soon", "nan", "inf", "-"])
def test_nonsense_teaches_nothing(nonsense: str) -> None:
    limits = Limits()
    limits.learn({"x-ratelimit-limit-requests": nonsense, "x-ratelimit-remaining-requests": "0"}, 0, 0.0)
    limits.learn(headers(left=0, reset=nonsense), 0, 0.0)
    assert limits.wait(1, 0.0) <= 0.1
    assert retry_after({"retry-after": nonsense, "retry-after-ms": nonsense}) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("6m0s", 360), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("7", 7), ("soon", None)]
)
def test_durations_are_read(text: str, seconds: float | None) -> None:
    assert seconds_in(text) == seconds


def test_how_long_it_asks_to_be_left_alone_comes_in_three_ways() -> None:
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert retry_after({"retry-after": "2.5"}) == 2.5
    date = formatdate(time.time() + 30, usegmt=True)
    assert retry_after({"retry-after": date}) == pytest.approx(30, abs=2)
    assert retry_after({}) is None
