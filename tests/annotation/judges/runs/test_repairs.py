"""Answers that could not be read, repaired by people or by a better parser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotation.judges.config.registry import Judge, JudgeInvalid, load
from annotation.judges.runs import repairs
from annotation.judges.runs.chat_pairs import understand, verdict_of
from annotation.judges.runs.questions import questions
from annotation.judges.runs.repairs import RepairRefused, Reread
from annotation.models import JudgeCall, Judgment, Pair
from annotation.review.judgments import record_many
from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

# A better parser than the judge had.
WIDER = re.compile(r"verdict(?: is|:) (?:(?P<better>[AB]\+{1,3})|(?P<tie>=))(?!\+)", re.IGNORECASE)


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def answered(judge: Judge, of: Pair, *answers: str) -> Judgment:
    """As if the judge had answered so to each order in turn."""
    calls = []
    for question, raw in zip(questions(judge, of), answers, strict=True):
        call = JudgeCall(pair=of, author=judge.author, shown=question.shown, prompt_digest=question.digest(judge))
        call.raw, call.model, call.asked_for = raw, "tiny-judge" if raw else "", "run 1"
        understand(judge, call)
        call.save()
        calls.append(call)
    return record_many(judge.author, [verdict_of(judge, of.pk, calls)])[0]


def test_a_person_reads_what_the_parser_could_not(judge: Judge, lea: User) -> None:
    failed = answered(judge, pair(), "The first is better by far.", "Verdict: B++")
    (call,) = repairs.waiting(judge.author)
    made = repairs.repair(call, lea, grade=-2)
    failed.refresh_from_db()
    assert failed.state == "failed" and failed.superseded_at
    assert (made.state, made.grade, made.consistent) == ("valid", -2, True)
    call.refresh_from_db()
    assert (call.error, call.repaired_by, call.judgment) == ("", lea, made) and call.repaired_at
    assert not repairs.waiting().exists()


def test_a_verdict_is_entered_as_the_answer_shows_it(judge: Judge, lea: User) -> None:
    # The second question shows the right response first.
    answered(judge, pair(), "Verdict: A+", "The second one.")
    made = repairs.repair(repairs.waiting().get(), lea, grade=3)
    assert (made.grade, made.consistent) == (-2, True)
    assert "The second one." in made.rationale


def test_the_pair_waits_until_its_last_answer_is_read(judge: Judge, lea: User) -> None:
    answered(judge, pair(), "Hm.", "Ho.")
    first, second = repairs.waiting()
    assert repairs.repair(first, lea, grade=-1).state == "failed"
    assert list(repairs.waiting()) == [second]
    assert repairs.repair(second, lea, grade=1).grade == -1


@pytest.mark.parametrize("given", [{}, {"grade": 4}, {"scores": (8.0, 6.0)}])
def test_what_this_judge_cannot_mean_is_refused(judge: Judge, lea: User, given: dict[str, Any]) -> None:
    answered(judge, pair(), "Hm.", "Verdict: B++")
    with pytest.raises(RepairRefused):
        repairs.repair(repairs.waiting().get(), lea, **given)
    assert repairs.waiting().count() == 1


def test_scores_are_entered_where_the_verdict_rests_on_them(lea: User) -> None:
    judge = load("evidence")
    n = judge.samples * 2
    answered(judge, pair(), *["Good."] * n)
    first = repairs.waiting().first()
    assert first
    with pytest.raises(RepairRefused, match="scores"):
        repairs.repair(first, lea, grade=1)
    for call in repairs.waiting():
        made = repairs.repair(call, lea, scores=(9.0, 7.0) if call.shown == "left_first" else (7.0, 9.0))
        if made.state == "valid":
            break
    assert (made.grade, made.details["scores"]) == (-2, [9.0, 7.0])


def test_where_nothing_was_answered_there_is_nothing_to_read(judge: Judge, lea: User) -> None:
    answered(judge, pair(), "", "Verdict: B++")
    with pytest.raises(RepairRefused, match="Send it again"):
        repairs.repair(repairs.waiting().get(), lea, grade=1)


def test_an_answer_is_repaired_once(judge: Judge, lea: User) -> None:
    answered(judge, pair(), "Hm.", "Verdict: B++")
    call = repairs.waiting().get()
    repairs.repair(call, lea, grade=-1)
    with pytest.raises(RepairRefused, match="does not wait"):
        repairs.repair(call, lea, grade=3)
    assert Judgment.objects.filter(superseded_at=None).get().grade == -2


def test_an_answer_by_a_protocol_that_is_gone_is_refused_in_words(
    judge: Judge, lea: User, api: Callable[[User], APIClient]
) -> None:
    call = answered(judge, pair(), "Hm.", "Verdict: B++").calls.earliest("pk")
    author = judge.author
    author.details["protocol"] = "gone"
    author.save()
    refused = api(lea).post(f"/api/v1/judge-calls/{call.pk}/repair/", {"grade": 1})
    assert refused.status_code == 400 and "its protocol 'gone' is not one of pairwise" in refused.content.decode()
    with pytest.raises(JudgeInvalid, match="'gone' is not one of"):
        repairs.reparse(author)


def test_stored_answers_are_read_again_and_only_changed_verdicts_are_made_anew(
    judge: Judge, lea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(judge, pair("one"), "My verdict is A++", "My verdict is B++")
    kept = answered(judge, pair("two"), "Verdict: A+", "Verdict: B+")
    answered(judge, pair("three"), "My verdict is A++", "Nothing.")
    by_hand = answered(judge, pair("four"), "My verdict is A+++", "Verdict: A+++")
    repairs.repair(repairs.waiting().get(pair=by_hand.pair), lea, grade=3)
    assert repairs.reparse(judge.author) == Reread(7, 0, 0)
    monkeypatch.setattr("annotation.judges.protocols.pairwise.VERDICT", WIDER)
    assert repairs.reparse(judge.author) == Reread(7, 3, 1)
    grades = dict(Judgment.objects.filter(superseded_at=None).values_list("pair__prompt__text", "grade"))
    assert [grades[name] for name in grades if "one" in name] == [-2]
    assert Judgment.objects.get(pk=kept.pk).superseded_at is None
    assert Judgment.objects.get(pair=by_hand.pair, superseded_at=None).grade == 3
    assert repairs.waiting().get().raw == "Nothing."
    assert repairs.reparse(judge.author) == Reread(7, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_a_person_reads_while_answers_are_read_again_stays(
    judge: Judge, lea: User, monkeypatch: pytest.MonkeyPatch, overlapping: Callable[..., bool]
) -> None:
    answered(judge, pair(), "My verdict is A++", "Verdict: B++")
    call = repairs.waiting().get()
    monkeypatch.setattr("annotation.judges.protocols.pairwise.VERDICT", WIDER)
    assert overlapping(lambda: repairs.repair(call, lea, grade=-3), lambda: repairs.reparse(judge.author))
    call.refresh_from_db()
    assert (call.grade, call.repaired_by) == (-3, lea)
    assert Judgment.objects.get(superseded_at=None) == call.judgment
