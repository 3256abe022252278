"""What is made of a judge's stored answers about a pair, from the pair's own side."""

from typing import Any

import pytest
from django.utils import timezone
from msgspec.structs import replace

from annotation.judges.config.description import JudgeInvalid
from annotation.judges.config.registry import Judge, load
from annotation.judges.runs import chat_pairs
from annotation.judges.runs.chat_pairs import PairJudging, cut, repeat, understand, verdict_of
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.judges.runs.questions import questions
from annotation.models import JudgeCall, Pair
from annotation.review.judgments import Verdict
from studio.accounts.models import User
from tests.annotation.making import author, pair, paired, response


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def call(shown: str = "left_first", raw: str = "It is right.\nVerdict: B++", **fields: Any) -> JudgeCall:
    return JudgeCall(**({"shown": shown, "raw": raw, "pair_id": 1, "settings": {}} | fields))


def read(judge: Judge, *calls: JudgeCall) -> Verdict:
    for one in calls:
        understand(judge, one)
    return verdict_of(judge, 1, calls)


@pytest.mark.parametrize(("shown", "grade"), [("left_first", 2), ("right_first", -2)])
def test_a_verdict_for_the_second_is_kept_from_left_to_right(judge: Judge, shown: str, grade: int) -> None:
    one = call(shown)
    understand(judge, one)
    assert (one.grade, one.rationale, one.error) == (grade, "It is right.", "")


def test_an_answer_that_says_nothing_loses_the_grade_that_it_had(judge: Judge) -> None:
    one = call(raw="I like both.", grade=2, rationale="Old.")
    understand(judge, one)
    assert (one.grade, one.rationale) == (None, "")
    assert one.error.startswith("The answer has no line `Verdict: …`")


def test_an_answer_that_is_read_at_last_loses_its_error(judge: Judge) -> None:
    one = call(error="It has no verdict.")
    understand(judge, one)
    assert one.error == ""


@pytest.mark.parametrize(
    ("settings", "tokens", "is_cut"),
    [
        ({"max_tokens": 100}, 100, True),
        ({"max_tokens": 100}, 99, False),
        ({"max_completion_tokens": 50, "max_tokens": 100}, 50, True),
        ({"max_tokens": 1}, 1, False),
        ({}, 5_000, False),
    ],
)
def test_an_answer_is_called_cut_where_it_ended_at_its_limit(
    settings: dict[str, int], tokens: int, is_cut: bool
) -> None:
    assert ("raise the judge's max_tokens" in cut(call(settings=settings, tokens_out=tokens))) is is_cut


def test_what_a_person_read_is_repeated_from_the_other_side(eli: User) -> None:
    repaired = call(grade=1, preference=0.75, scores=[6, 8], rationale="He said so.")
    repaired.repaired_by_id, repaired.repaired_at = eli.pk, timezone.now()
    same, other = call(), call("right_first")
    for one in (same, other):
        repeat(one, repaired)
        assert (one.rationale, one.repaired_by_id, one.repaired_at) == ("He said so.", eli.pk, repaired.repaired_at)
    assert (same.grade, same.preference, same.scores) == (1, 0.75, [6, 8])
    assert (other.grade, other.preference, other.scores) == (-1, 0.25, [8, 6])


def test_two_orders_make_one_verdict_that_rests_on_both(judge: Judge) -> None:
    found = read(judge, call(pk=7), call("right_first", "It is left.\nVerdict: A+", pk=8))
    assert (found.grade, found.shown, found.consistent, found.calls) == (2, "both", True, (7, 8))
    assert found.rationale == "It is right.\n\nIt is left."


def test_one_order_is_named_and_says_nothing_of_consistency(judge: Judge) -> None:
    found = read(replace(judge, both_orders=False), call("right_first"))
    assert (found.grade, found.shown, found.consistent) == (-2, "right_first", None)


def test_a_failed_order_fails_the_pair_and_keeps_the_reasons_of_the_other(judge: Judge) -> None:
    found = read(judge, call(pk=7), call("right_first", "Hm.", pk=8))
    assert found.grade is None and found.error
    assert (found.rationale, found.calls) == ("It is right.", (7, 8))


@pytest.fixture
def reading(judge: Judge) -> PairJudging:
    return PairJudging(judge, author("a-judge", "judge"), Outcome(), lambda: False)


def stored(of: Pair, shown: str, reading: PairJudging, **fields: Any) -> JudgeCall:
    """The answer to the question that this reading would ask."""
    (asked,) = [made for made, _ in reading.calls(of) if made.shown == shown]
    given = {"raw": "So.\nVerdict: B+", "model": "m", "asked_for": "run 1"} | fields
    for name, value in given.items():
        setattr(asked, name, value)
    asked.save()
    return asked


@pytest.mark.django_db
def test_equal_texts_are_a_tie_without_a_question(reading: PairJudging) -> None:
    one = pair(left="Seven.", right="Seven.")
    (given,) = reading.begin([one])
    assert (given.grade, given.consistent, given.calls) == (0, True, ())
    assert (reading.outcome.alike, len(reading.waiting)) == (1, 0)


@pytest.mark.django_db
def test_a_pair_that_cannot_be_asked_fails_alone(reading: PairJudging, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = pair("One?"), pair("Two?")
    asked = questions

    def refuses(judge: Judge, of: Pair) -> Any:
        if of == bad:
            raise JudgeInvalid("It has too few turns.")
        return asked(judge, of)

    monkeypatch.setattr(chat_pairs, "questions", refuses)
    assert [(one.pair_id, one.error) for one in reading.begin([good, bad])] == [(bad.pk, "It has too few turns.")]
    assert len(reading.waiting) == 2


@pytest.mark.django_db
def test_a_pair_is_judged_without_a_question_once_both_answers_are_known(reading: PairJudging) -> None:
    one = pair()
    first = stored(one, "left_first", reading)
    assert reading.begin([one]) == [] and len(reading.waiting) == 1
    second = stored(one, "right_first", reading, raw="So.\nVerdict: A+")
    again = PairJudging(reading.judge, reading.author, Outcome(), lambda: False)
    (verdict,) = again.begin([one])
    assert (verdict.grade, verdict.calls, len(again.waiting)) == (1, (first.pk, second.pk), 0)
    assert again.outcome.cached == 2


@pytest.mark.django_db
def test_a_failure_is_known_to_the_run_that_paid_for_it_and_to_no_other(reading: PairJudging) -> None:
    one = pair()
    stored(one, "left_first", reading, raw="Hm.", error="It has no verdict.")
    for purpose, waits in (("run 1", 1), ("run 2", 2), ("", 2)):
        mine = PairJudging(reading.judge, reading.author, Outcome(), lambda: False, purpose=Purpose(purpose))
        mine.begin([one])
        assert len(mine.waiting) == waits, purpose


@pytest.mark.django_db
def test_a_call_that_nobody_answered_is_asked_again_by_the_same_run(reading: PairJudging) -> None:
    one = pair()
    stored(one, "left_first", reading, raw="", model="", error="The endpoint answered 500.")
    mine = PairJudging(reading.judge, reading.author, Outcome(), lambda: False, purpose=Purpose("run 1"))
    mine.begin([one])
    assert len(mine.waiting) == 2


@pytest.mark.django_db
def test_the_same_question_of_two_pairs_waits_once(reading: PairJudging) -> None:
    one = pair()
    mirrored = paired(response(one.prompt, one.right.text, "third"), response(one.prompt, one.left.text, "fourth"))
    reading.begin([one, mirrored])
    assert (len(reading.waiting), [len(twins) for twins in reading.twins.values()]) == (2, [1, 1])
