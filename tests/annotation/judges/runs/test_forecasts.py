"""What judging will take, said before it is done."""

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.judges.config.registry import load
from annotation.judges.runs import forecasts, over_pairs
from annotation.judges.runs.budget import estimated_text
from annotation.judges.runs.forecasts import forecast
from annotation.models import JudgeCall, Pair
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import pair, paired, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: =")) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


def test_a_judge_that_never_answered_is_forecast_by_assumptions_that_say_so() -> None:
    for number in range(4):
        pair(f"Name {number} primes.")
    pair("Name a prime.", "Seven.", "Seven.")
    judge = load("xwin_pair")
    found = forecast(judge, Pair.objects.all())
    assert (found.waiting, found.alike.value, found.calls.value, found.calls.rests_on) == (5, 1, 8, "counted")
    assert (found.tokens_out.value, found.tokens_out.rests_on) == (8 * 350, "assumed")
    assert found.tokens_in.rests_on == found.price.rests_on == found.seconds.rests_on == "assumed"
    assert found.price.value == judge.price.of(int(found.tokens_in.value), 8 * 350)
    assert not JudgeCall.objects.exists()


def test_its_own_answers_calibrate_it(endpoint: Endpoint) -> None:
    made = [pair(f"Name {number} primes.") for number in range(6)]
    judge = load("xwin_pair")
    over_pairs.judge_pairs(judge, Pair.objects.filter(pk__in=[one.pk for one in made[:3]]))
    found = forecast(judge, Pair.objects.all())
    assert (found.pairs, found.waiting, found.calls.value) == (6, 3, 6)
    assert (found.tokens_in.value, found.tokens_in.rests_on) == (600, "measured")
    assert (found.tokens_out.value, found.price.rests_on, found.seconds.rests_on) == (60, "measured", "measured")
    spent = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert found.price.value == pytest.approx(spent.price)


def test_what_was_answered_before_costs_nothing(endpoint: Endpoint) -> None:
    one = pair()
    judge = load("xwin_pair")
    over_pairs.judge_pairs(judge, Pair.objects.all())
    paired(response(one.prompt, "Seven.", "third"), response(one.prompt, "Four.", "fourth"))
    found = forecast(judge, Pair.objects.all())
    assert (found.waiting, found.cached.value, found.calls.value, found.price.value) == (1, 2, 0, 0.0)


def test_of_many_pairs_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "SAMPLED", 10)
    for number in range(40):
        pair(f"Name {number} primes.")
    found = forecast(load("xwin_pair"), Pair.objects.all())
    assert (found.sampled, found.calls.value, found.calls.rests_on) == (10, 80, "measured")
    assert found.tokens_in.value == forecast(load("xwin_pair"), Pair.objects.all()).tokens_in.value


def test_a_program_asks_nobody() -> None:
    pair()
    found = forecast(load("rubric_one"), Pair.objects.all())
    assert (found.waiting, found.calls.value, found.price.value, found.seconds.value) == (1, 0, 0.0, 0.0)


def test_letters_of_every_script_are_estimated() -> None:
    assert estimated_text("four") == 1
    assert estimated_text("质数质数") == 4


@pytest.mark.parametrize(("calls", "seconds"), [(0, 0.0), (20, 9.8), (64, 9.8), (65, 19.6), (640, 98.0)])
def test_fewer_calls_than_go_at_once_take_as_long_as_one(calls: int, seconds: float) -> None:
    lived = forecasts.PastAnswers(20, 1.0, 100.0, 9.8)
    assert forecasts.duration(calls, 100.0 * calls, lived, in_flight=64).value == pytest.approx(seconds)
