"""Responses against the baseline's where nobody can be asked: the verdicts that were imported are all there is."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest

from tests.annotation.making import author, collection, judge, paired, prompt, response
from training.evaluation.benchmarks.answers import Answers
from training.evaluation.benchmarks.comparisons import both, judged
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import QuestionOutcome
from training.models import Run
from training.runs.failures import RunFailed

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered() -> tuple[Answers, Answers]:
    """Ours and the baseline's: one question was judged for us, one was not, one has the same words on both sides."""
    ours, base = Answers(), Answers()
    for text, other in (("Seven.", "Four."), ("Eleven.", "Six."), ("Five.", "Five.")):
        of = prompt(f"Not {other}")
        base[of.pk], ours[of.pk] = response(of, other, "base"), response(of, text, "m")
    first = min(ours)
    judge(paired(base[first], ours[first]), 3, by="gpt-4")
    ours[0] = response(prompt("Only we answered."), "Two.", "m")
    return ours, base


@pytest.fixture
def compare(answered: tuple[Answers, Answers], make_run: Callable[..., Run]) -> Callable[..., list[QuestionOutcome]]:
    who = Participants(collection(), [author("m")], author("base"), None, author("gpt-4", "judge"))
    return lambda **how: judged(make_run(kind="benchmark"), who, *answered, Mock(), **how)


def test_a_verdict_that_is_missing_is_said_with_what_to_do(compare: Callable[..., list[QuestionOutcome]]) -> None:
    with pytest.raises(RunFailed, match="gpt-4 has judged 1 of 2 pairs and cannot be asked for the rest. Import them"):
        compare()


def test_in_part_what_is_missing_is_left_out_and_the_same_words_are_a_tie(
    compare: Callable[..., list[QuestionOutcome]], answered: tuple[Answers, Answers]
) -> None:
    first, _, same = sorted(both(*answered))
    found = {one.prompt: one for one in compare(partial=True)}
    assert {prompt: one.value for prompt, one in found.items()} == {first: 1.0, same: 0.5}
    assert found[first].judgment is not None and found[same].judgment is None
