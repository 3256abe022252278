"""A trial: five pairs with everything shown, and nothing judged."""

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs, trial
from annotation.judges.runs.trial import try_out
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.judges.endpoint import Endpoint, completion, serving
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: A+" if "Seven" in first else "Verdict: B+")) as one:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = one.address, "sk-test"
        yield one


def test_five_pairs_are_shown_in_full_and_none_is_judged(endpoint: Endpoint) -> None:
    for number in range(7):
        pair(f"Name {number} primes.")
    found = try_out(load("xwin_pair"), Pair.objects.all())
    assert len(found.tried) == 5 and not Judgment.objects.exists()
    first = found.tried[0]
    assert [one.question.shown for one in first.asked] == ["left_first", "right_first"]
    assert first.asked[0].question.messages[1]["content"].startswith("<conversation>")
    assert [one.call.raw for one in first.asked if one.call] == ["Verdict: B+", "Verdict: A+"]
    assert first.verdict and (first.verdict.grade, first.verdict.consistent) == (1, True)
    assert first.price == pytest.approx(0.0026)


def test_a_run_that_follows_does_not_pay_for_it_again(endpoint: Endpoint) -> None:
    pair()
    endpoint.faults = [completion("Hm.")]
    failed = try_out(load("xwin_pair"), Pair.objects.all()).tried[0]
    assert failed.verdict and failed.verdict.error
    assert len(endpoint.asked) == 2
    outcome = over_pairs.judge_pairs(load("xwin_pair"), Pair.objects.all())
    # The failure is no answer; the other one is.
    assert (outcome.cached, outcome.calls, outcome.judged) == (1, 1, 1)


def test_what_stops_it_is_said(endpoint: Endpoint, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    pair()
    found = try_out(load("xwin_pair"), Pair.objects.all())
    assert "OPENAI_API_KEY" in found.stopped and found.tried[0].asked[0].call is None


def test_nobody_waits_for_ever(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.5)
    pair()
    endpoint.seconds = 3
    found = try_out(load("xwin_pair"), Pair.objects.all())
    assert "Not every answer came" in found.stopped
    assert not JudgeCall.objects.exists()


def test_a_program_shows_its_verdict(endpoint: Endpoint) -> None:
    pair()
    (one,) = try_out(load("rubric_one"), Pair.objects.all()).tried
    assert one.asked == [] and one.verdict and "toy world" in one.verdict.error
    assert endpoint.asked == []
