"""A judge is asked about texts that are in no table: what it costs is kept, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.judges.config.registry import load
from annotation.judges.runs.monthly_budget import this_month
from annotation.judges.runs.outcomes import Purpose
from annotation.judges.runs.over_texts import ask
from annotation.judges.runs.questions import questions
from annotation.models import JudgeCall, Pair, Prompt, Response
from tests.annotation.judges.endpoint import Endpoint, completion, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: A+" if "Seven" in first else "Verdict: B+")) as one:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = one.address, "sk-test"
        yield one


def unsaved() -> Pair:
    prompt = Prompt(messages=[{"role": "user", "content": "Name a prime."}], text="Name a prime.")
    return Pair(
        prompt=prompt, left=Response(prompt=prompt, text="Seven."), right=Response(prompt=prompt, text="Nine.")
    )


def test_each_answer_is_read_and_paid_and_none_is_stored(endpoint: Endpoint) -> None:
    judge = load("xwin_pair")
    calls, outcome = ask(judge, list(questions(judge, unsaved())), Purpose("run 7"), lambda: False)
    assert [(call.grade, call.error) for call in calls] == [(-1, ""), (-1, "")] and outcome.calls == 2
    assert outcome.price > 0 and this_month().spent == pytest.approx(outcome.price) and this_month().reserved == 0
    assert not JudgeCall.objects.exists() and not Pair.objects.exists()


def test_what_cannot_be_read_says_so_and_is_paid(endpoint: Endpoint) -> None:
    judge = load("xwin_pair")
    endpoint.faults = [completion("Hm."), completion("Well.")]
    calls, outcome = ask(judge, list(questions(judge, unsaved())), Purpose("run 7"), lambda: False)
    assert all(call.error for call in calls) and outcome.unparsed == 2 and outcome.price > 0


def test_without_a_key_it_stops_and_says_why(endpoint: Endpoint, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    judge = load("xwin_pair")
    calls, outcome = ask(judge, list(questions(judge, unsaved())), Purpose("run 7"), lambda: False)
    assert calls == [] and "OPENAI_API_KEY" in outcome.stopped
