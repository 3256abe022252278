"""How fast an endpoint may be asked: limits a minute that were given, and those that it tells in its headers. Pure.

Times are seconds of any clock that only goes forward.
"""

import email.utils
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

# What may be asked in one go, as a share of a minute's limit.
BURST = 1 / 12
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass
class Bucket:
    """Filled at `rate` a second up to `capacity`; may be overdrawn, and then has to fill again."""

    rate: float
    capacity: float
    level: float
    at: float

    def fill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now

    def wait(self, need: float, now: float) -> float:
        """Seconds until there is so much in it, or until it is full."""
        self.fill(now)
        lacking = min(need, self.capacity) - self.level
        return lacking / self.rate if lacking > 0 else 0.0


def given(per_minute: int, now: float) -> Bucket:
    """Never more than `per_minute` in any minute: a burst, and the rest evenly."""
    burst = max(1.0, per_minute * BURST)
    return Bucket(max(per_minute - burst, per_minute / 2) / 60, burst, burst, now)


@dataclass
class Limits:
    """Of one endpoint. `requests` and `tokens` are the buckets that both kinds of question draw from."""

    requests: dict[str, Bucket] = field(default_factory=dict)
    tokens: dict[str, Bucket] = field(default_factory=dict)
    closed_until: float = 0.0

    @classmethod
    def of(cls, requests_per_minute: int | None, tokens_per_minute: int | None, now: float) -> "Limits":
        return cls(
            {"given": given(requests_per_minute, now)} if requests_per_minute else {},
            {"given": given(tokens_per_minute, now)} if tokens_per_minute else {},
        )

    def wait(self, tokens: int, now: float) -> float:
        """Seconds until a question of about so many tokens may be asked."""
        waits = [bucket.wait(1, now) for bucket in self.requests.values()]
        waits += [bucket.wait(tokens, now) for bucket in self.tokens.values()]
        return max(self.closed_until - now, *waits, 0.0)

    def take(self, tokens: int) -> None:
        for bucket in self.requests.values():
            bucket.level -= 1
        for bucket in self.tokens.values():
            bucket.level -= tokens

    def settle(self, expected: int, used: int) -> None:
        """A question took other tokens than was expected of it."""
        for bucket in self.tokens.values():
            bucket.level += expected - used

    def close(self, seconds: float, now: float) -> None:
        self.closed_until = max(self.closed_until, now + seconds)

    def learn(self, headers: Mapping[str, str], under_way: int, now: float) -> None:
        """`x-ratelimit-limit-…`, `-remaining-…` and `-reset-…`, for requests and tokens.

        `reset` says when the limit is whole again, so what was used up until now comes back in that time. The newest
        word counts; requests under way may not be in it yet.
        """
        for kind, buckets in (("requests", self.requests), ("tokens", self.tokens)):
            limit = number(headers.get(f"x-ratelimit-limit-{kind}"))
            left = number(headers.get(f"x-ratelimit-remaining-{kind}"))
            if limit is None or left is None or limit <= 0:
                continue
            reset = seconds_in(headers.get(f"x-ratelimit-reset-{kind}", ""))
            rate = (limit - left) / reset if reset and left < limit else limit / 60
            buckets["told"] = Bucket(rate, limit, left - (under_way if kind == "requests" else 0), now)


def number(text: str | None) -> float | None:
    try:
        value = float(text) if text else math.inf
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def seconds_in(text: str) -> float | None:
    """`1s`, `6m0s`, `20ms`, or bare seconds. None where it is nothing of the kind."""
    bare = number(text)
    if bare is not None:
        return bare
    parts = DURATION.findall(text)
    return sum(float(value) * UNITS[unit] for value, unit in parts) if parts else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asks to be left alone: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    milliseconds = number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    text = headers.get("retry-after", "")
    bare = number(text)
    if bare is not None:
        return max(0.0, bare)
    date = email.utils.parsedate_tz(text) if text else None
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
