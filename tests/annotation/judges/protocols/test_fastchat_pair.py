"""FastChat's judge of pairs: a winner wins in both orders."""

import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge, Template
from annotation.judges.protocols import fastchat_pair
from annotation.judges.protocols.answers import Unparsed
from annotation.judges.runs.questions import questions
from annotation.models import Pair, Prompt, Response
from tests.annotation.judges.protocols.calls import call, failed, swapped

PAIR = Judge(title="A", says="B", version=1, protocol="fastchat_pair", name="fastchat/pair")


def test_a_winner_wins_both_games_and_an_error_in_one_fails_both() -> None:
    assert fastchat_pair.read(PAIR, "So [[B]]").grade == 2
    assert fastchat_pair.combine(PAIR, swapped(grade=(2, 2)))[:2] == (2, True)
    assert fastchat_pair.combine(PAIR, swapped(grade=(2, 0)))[:2] == (0, False)
    with pytest.raises(Unparsed):
        fastchat_pair.combine(PAIR, [call(grade=2), failed("[[D]]")])


def test_both_orders_are_asked_with_the_answers_exchanged() -> None:
    one, other = (Response(text=text, metadata={}) for text in ("one", "other"))
    prompt = Prompt(text="q", category="writing")
    pair = Pair(prompt=prompt, left=one, right=other)
    only = replace(PAIR, prompts={"pair-v2": Template("Judge.", "{question}|{answer_a}|{answer_b}")})
    texts = [question.messages[1]["content"] for question in questions(only, pair)]
    assert texts == ["q|one|other", "q|other|one"]


@pytest.mark.parametrize(("said", "grade"), [("[[A]]", -2), ("[[C]]", 0), ("[[B]]", 2)])
def test_a_verdict_is_of_the_answers_as_they_were_shown(said: str, grade: int) -> None:
    assert fastchat_pair.read(PAIR, f"So {said}").grade == grade


def test_an_answer_without_a_verdict_says_what_was_looked_for() -> None:
    with pytest.raises(Unparsed, match=r"\[\[A\]\], \[\[B\]\] and \[\[C\]\]"):
        fastchat_pair.read(PAIR, "Both are good.")
