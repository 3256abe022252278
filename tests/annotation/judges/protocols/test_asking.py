"""The chats of judges of our own: filled once, in the order and up to the turn that is asked about."""

from typing import Any

import pytest

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking
from annotation.models import Author, Pair, Prompt, Response

TURNS = ["Name a prime.", "And a larger one?"]


def judge(**fields: Any) -> Judge:
    given: dict[str, Any] = {"title": "J", "says": "", "version": 1, "protocol": "pairwise", "system": "Judge."}
    return Judge(**given | {"user": "{conversation}{reference}|{first}|{second}"} | fields)


def pair(baseline: str = "", **metadata: Any) -> Pair:
    prompt = Prompt(messages=[{"role": "user", "content": TURNS[0]}], metadata={"turns": TURNS} | metadata)
    left, right = (
        Response(prompt=prompt, text=f"{word} both", author=Author(name=name), metadata={"turns": [word, f"{word}2"]})
        for word, name in (("Four", "one"), ("Seven", "two"))
    )
    return Pair(prompt=prompt, left=left, right=right, metadata={"baseline": baseline} if baseline else {})


def user(about: Judge, of: Pair) -> str:
    return asking.compared(about, of, of.left, of.right)[-1]["content"]


def test_texts_stand_in_their_places() -> None:
    assert user(judge(), pair()) == "[user]\nName a prime.|Four both|Seven both"


def test_what_a_model_wrote_is_never_read_as_a_place() -> None:
    of = pair()
    of.left.text = "{second} {reference}"
    assert user(judge(), of).endswith("|{second} {reference}|Seven both")


def test_without_a_system_text_the_chat_has_one_message() -> None:
    of = pair()
    assert [one["role"] for one in asking.compared(judge(system=""), of, of.left, of.right)] == ["user"]


def test_a_reference_is_told_only_where_there_is_one() -> None:
    asks = judge(reference=" Known: {reference}")
    assert "Known" not in user(asks, pair())
    assert "Known: Two.\n\nEleven." in user(asks, pair(reference=["Two.", "Eleven."]))
    assert "Known: Two." in user(asks, pair(reference="Two."))


def test_a_judge_of_the_first_turn_sees_neither_the_second_answer_nor_its_reference() -> None:
    first = user(judge(reference=" {reference}", turn=1), pair(reference=["Two.", "Eleven."]))
    assert first == "[user]\nName a prime. Two.|Four|Seven"


def test_a_judge_of_the_second_turn_sees_the_question_between_the_answers() -> None:
    second = user(judge(turn=2), pair())
    assert "[assistant]\nFour\n\n[user]\nAnd a larger one?\n\n[assistant]\nFour2" in second


@pytest.mark.parametrize(("baseline", "shown"), [("", "left_first"), ("one", "left_first"), ("two", "right_first")])
def test_the_baseline_is_shown_first(baseline: str, shown: str) -> None:
    assert asking.baseline_first(pair(baseline)) == shown


def test_both_orders_are_asked_unless_the_judge_reads_one() -> None:
    assert len(asking.either_order(judge())) == 2
    assert asking.either_order(judge(both_orders=False)) == ["left_first"]
