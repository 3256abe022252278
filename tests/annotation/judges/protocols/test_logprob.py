from math import log
from typing import Any

import pytest

from annotation.judges.config import registry
from annotation.judges.protocols import logprob
from annotation.judges.protocols.answers import Unparsed

JUDGE = registry.load("logprob")


def likely(**share: float) -> list[dict[str, Any]]:
    return [{"token": token, "logprob": log(value)} for token, value in share.items()]


def test_how_likely_the_letters_are_is_the_preference() -> None:
    said = logprob.read(JUDGE, "B", likely(A=0.15, B=0.6, The=0.2))
    assert said.preference == pytest.approx(0.8) and said.grade == 2


def test_a_letter_that_is_not_among_the_likeliest_has_no_chance() -> None:
    assert logprob.read(JUDGE, "A", likely(A=0.5)).preference == 0


@pytest.mark.parametrize(("given", "says"), [(None, "no log-prob"), ([], "no log-prob"), (likely(X=1.0), "Neither")])
def test_without_either_letter_there_is_no_verdict(given: list[dict[str, Any]] | None, says: str) -> None:
    with pytest.raises(Unparsed, match=says):
        logprob.read(JUDGE, "A", given)


def test_the_judge_asks_for_log_probabilities() -> None:
    assert JUDGE.settings["logprobs"] is True and JUDGE.settings["max_tokens"] == 1
