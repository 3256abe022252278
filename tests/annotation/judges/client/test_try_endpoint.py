"""One tiny question to an endpoint: what whoever sets it up is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.judges.client import try_endpoint
from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.client.keys import seal
from annotation.judges.client.try_endpoint import FALLBACK, LONGEST, model_of, told, try_out
from annotation.judges.config.registry import load
from annotation.models import Endpoint as Row
from tests.annotation.judges.endpoint import Endpoint, completion, fault, serving

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"


@pytest.fixture
def served(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint()) as endpoint:
        yield endpoint


def row(served: Endpoint, **fields: Any) -> Row:
    given = {"name": "east", "base_url": served.address, "allow_private": True, "encrypted_key": seal(KEY)}
    return Row.objects.create(**(given | fields))


def test_an_answer_is_shown_with_its_model_and_one_question_was_asked(served: Endpoint) -> None:
    served.faults = [completion("Yes.")]
    found = try_out(row(served, is_active=False), "gpt-4")
    assert (found.ok, found.says, found.model, found.fault) == (True, "Yes.", "tiny-judge-2026", "")
    (asked,) = served.asked
    assert (asked["model"], asked["max_tokens"]) == ("gpt-4", 8) and served.keys == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        (fault(401, "invalid_api_key", f"Wrong: {KEY}"), Fault.KEY),
        (fault(404, "model_not_found"), Fault.MODEL),
        (fault(429, "insufficient_quota"), Fault.QUOTA),
        (fault(500), Fault.SERVER),
        ((200, b"<html>", {}), Fault.CUT),
        (completion(None, refusal="No."), Fault.REFUSAL),
    ],
)
def test_what_went_wrong_has_its_name_and_no_key_in_it(served: Endpoint, reply: Any, named: Fault) -> None:
    served.faults = [reply]
    found = try_out(row(served), "gpt-4")
    assert (found.ok, found.fault) == (False, str(named)) and KEY not in found.says
    assert len(served.asked) == 1


def test_one_that_does_not_answer_is_given_up(served: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_endpoint, "SECONDS", 0.2)
    served.slow = [1.5]
    found = try_out(row(served), "gpt-4")
    assert (found.ok, found.fault) == (False, str(Fault.TIMEOUT)) and "east gave no answer" in found.says


def test_a_key_that_cannot_be_read_is_said_and_nobody_is_asked(served: Endpoint) -> None:
    found = try_out(row(served, encrypted_key=None, key_variable="NOBODY_SET_THIS_KEY"), "gpt-4")
    assert (found.ok, found.fault) == (False, str(Fault.KEY)) and "NOBODY_SET_THIS_KEY" in found.says
    assert served.asked == []


def test_a_long_answer_is_cut() -> None:
    assert len(told(Answer("x" * 9_999, "m", 1, 1, 0.126)).says) == LONGEST
    assert told(Answer("x", "m", 1, 1, 0.126)).seconds == 0.13


def test_a_refusal_says_which_model_refused() -> None:
    found = told(Answer("No.", "m", 1, 1, 0.5, refusal=CallFailed("The judge refused: No.", Fault.REFUSAL)))
    assert (found.ok, found.model, found.fault) == (False, "m", str(Fault.REFUSAL))


def test_the_model_is_one_that_a_judge_of_the_pool_asks_for() -> None:
    assert model_of(load("xwin_pair").endpoint) in {FALLBACK, load("xwin_pair").model}
    assert model_of("nobody-names-this-pool") == FALLBACK
