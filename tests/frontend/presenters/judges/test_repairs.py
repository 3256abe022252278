"""Answers that wait to be repaired: which one is looked at, its neighbours, and the sides as the judge saw them."""

from typing import Any

import pytest

from annotation.judges.config.registry import Judge, load
from annotation.judges.runs.chat_pairs import understand, verdict_of
from annotation.judges.runs.questions import questions
from annotation.models import JudgeCall
from annotation.review.judgments import record_many
from frontend.presenters.judges import repairs
from tests.annotation.making import author, pair
from tests.frontend.machines import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def waiting(judge: Judge, text: str = "Name a prime.", asked_for: str = "run 1") -> JudgeCall:
    """The second order of a pair could not be read."""
    of, calls = pair(text), []
    for question, raw in zip(questions(judge, of), ("Verdict: B+", "Hm."), strict=True):
        call = JudgeCall(pair=of, author=judge.author, shown=question.shown, prompt_digest=question.digest(judge))
        call.raw, call.model, call.asked_for = raw, "tiny", asked_for
        understand(judge, call)
        call.save()
        calls.append(call)
    record_many(judge.author, [verdict_of(judge, of.pk, calls)])
    return calls[1]


def queue(**query: Any) -> dict[str, Any]:
    return repairs.queue({name: str(value) for name, value in query.items()})


def test_nothing_waits_where_everything_could_be_read() -> None:
    found = queue()
    assert (found["total"], found["call"], found["shown"], found["behind"]) == (0, None, None, None)


def test_the_oldest_comes_first_with_its_neighbours(judge: Judge) -> None:
    first, second, third = (waiting(judge, f"{number}?") for number in range(3))
    found = queue()
    assert (found["call"], found["before"], found["behind"], found["total"]) == (first, None, second.pk, 3)
    middle = queue(at=second.pk)
    assert (middle["call"], middle["before"], middle["behind"]) == (second, first.pk, third.pk)


def test_one_that_was_repaired_meanwhile_gives_way_to_the_next(judge: Judge) -> None:
    first, second = waiting(judge, "1?"), waiting(judge, "2?")
    JudgeCall.objects.filter(pk=first.pk).update(error="")
    assert queue(at=first.pk)["call"] == second


def test_behind_the_last_one_the_list_begins_again(judge: Judge) -> None:
    first = waiting(judge)
    assert queue(at=first.pk + 1)["call"] == first


@pytest.mark.parametrize("at", ["abc", "-1", "9" * 30, "\0"])
def test_an_address_that_names_none_shows_the_first(judge: Judge, at: str) -> None:
    first = waiting(judge)
    assert queue(at=at)["call"] == first


def test_the_list_is_narrowed_to_a_judge_and_a_run(judge: Judge) -> None:
    first, second = waiting(judge, "1?"), waiting(judge, "2?", asked_for="run 12")
    assert queue(run=12)["call"] == second and queue(run=12)["total"] == 1
    assert queue(judge=judge.author.pk)["total"] == 2 and queue(judge=author("other", "judge").pk)["total"] == 0
    assert queue(run=1)["behind"] is None and queue(run=1)["call"] == first


def test_the_sides_stand_as_the_judge_saw_them(judge: Judge) -> None:
    call = waiting(judge)
    assert call.shown == "right_first"
    sides = repairs.shown(call)["sides"]
    assert [(letter, text) for letter, _, text in sides] == [("a", "Seven."), ("b", "Four.")]
    call.shown = "left_first"
    assert [text for *_, text in repairs.shown(call)["sides"]] == ["Four.", "Seven."]


@pytest.mark.parametrize(
    ("protocol", "scores", "single", "sides"),
    [("pairwise", False, False, 2), ("evidence", True, False, 2), ("rating", True, True, 1)],
)
def test_what_is_asked_for_is_what_the_judges_verdict_rests_on(
    judge: Judge, protocol: str, scores: bool, single: bool, sides: int
) -> None:
    call = waiting(judge)
    call.author.details = call.author.details | {"protocol": protocol}
    found = repairs.shown(call)
    assert (found["scores"], found["single"], len(found["sides"])) == (scores, single, sides)


def test_a_judge_that_is_described_no_more_is_refused_in_words_and_both_texts_are_shown(judge: Judge) -> None:
    call = waiting(judge)
    call.author.details = {}
    found = repairs.shown(call)
    assert "no judge of this studio that could be asked" in found["refused"] and len(found["sides"]) == 2


def test_each_judge_says_how_many_of_its_answers_wait(judge: Judge) -> None:
    waiting(judge, "1?"), waiting(judge, "2?")
    assert repairs.judges() == [{"id": judge.author.pk, "name": judge.author_name, "n": 2}]


@pytest.mark.parametrize(("state", "found"), [("queued", True), ("succeeded", False), ("cancelled", False)])
def test_an_open_run_that_asks_about_the_pair_again_is_named(judge: Judge, state: str, found: bool) -> None:
    call = waiting(judge)
    made = run("judge", state=state, spec={"settings": {"pairs": [call.pair_id]}})
    run("judge", spec={"settings": {"pairs": [0]}})
    assert repairs.on_their_way(call) == ([made] if found else [])
