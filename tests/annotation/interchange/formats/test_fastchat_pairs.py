"""Two models' answers to one turn, judged in both orders."""

from typing import Any

import pytest

from annotation.models import Judgment, Response
from tests.annotation.interchange.formats.fastchat_rows import PAIR, take

pytestmark = pytest.mark.django_db


def test_who_wins_both_games_is_better(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR)
    judgment = Judgment.objects.get()
    # one-model was imported first, so it is the left one; the file names it second.
    assert (judgment.pair.left, judgment.grade, judgment.consistent) == (answers[0], -2, True)
    assert (judgment.shown, judgment.author.name) == ("both", "fastchat/pair · gpt-4 · turn 1")
    assert (judgment.author.details["protocol"], judgment.author.details["turn"]) == ("fastchat_pair", 1)
    calls = judgment.calls.order_by("pk")
    assert [(call.shown, call.grade, call.raw) for call in calls] == [
        ("right_first", -2, "[[B]]"),
        ("left_first", -2, "[[A]]"),
    ]


@pytest.mark.parametrize(
    ("winners", "grade", "consistent"),
    [(("model_1", "model_2"), 0, False), (("tie", "model_2"), 0, False), (("tie", "tie"), 0, True)],
)
def test_any_other_result_is_a_tie(
    answers: list[Response], winners: tuple[str, str], grade: int, consistent: bool
) -> None:
    take("fastchat_pairs", PAIR | dict(zip(("g1_winner", "g2_winner"), winners, strict=True)))
    judgment = Judgment.objects.get()
    assert (judgment.grade, judgment.consistent) == (grade, consistent)


def test_a_game_without_a_verdict_fails_the_judgment(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR | {"g2_winner": "error", "g2_judgment": "Hm."})
    judgment = Judgment.objects.get()
    assert (judgment.state, judgment.grade, judgment.consistent) == ("failed", None, None)
    assert [bool(call.error) for call in judgment.calls.order_by("raw")] == [True, False]


def test_the_same_pairs_twice_add_nothing(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR)
    assert set(take("fastchat_pairs", PAIR).tally.added.values()) == {0}


def test_a_pair_judged_twice_is_one_judgment_that_rests_on_both_answers(answers: list[Response]) -> None:
    report = take("fastchat_pairs", PAIR)
    assert (report.tally.added["pairs"], report.tally.added["judgments"]) == (1, 1)
    assert Judgment.objects.get().rationale == "[[B]]\n\n[[A]]"


def test_each_turn_has_a_judge_of_its_own(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR, PAIR | {"turn": 2, "g1_winner": "tie", "g2_winner": "tie"})
    found = Judgment.objects.order_by("author__name").values_list("author__name", "grade")
    assert list(found) == [("fastchat/pair · gpt-4 · turn 1", -2), ("fastchat/pair · gpt-4 · turn 2", 0)]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"g1_winner": "model_3"}, "g1_winner"), ({"turn": 0}, "turn"), ({"judge": ["gpt-4"]}, "judge")],
)
def test_a_row_that_is_no_game_is_refused_by_its_field(
    answers: list[Response], change: dict[str, Any], field: str
) -> None:
    report = take("fastchat_pairs", PAIR, PAIR | change)
    assert (report.faults[0].line, report.faults[0].field, report.imported) == (2, field, False)
    assert not Judgment.objects.exists()
