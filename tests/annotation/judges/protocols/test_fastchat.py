import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge, JudgeInvalid, Template
from annotation.judges.protocols import fastchat_pair, fastchat_single, vicuna_bench
from annotation.judges.protocols.answers import Unparsed
from annotation.judges.runs.questions import questions, questions_about
from annotation.models import Author, Pair, Prompt, Response
from tests.annotation.judges.protocols.calls import call, failed, swapped

SINGLE = Judge(
    title="A",
    says="B",
    version=1,
    protocol="fastchat_single",
    name="fastchat/single",
    prompts={
        "single-v1": Template("General.", "{question}|{answer}"),
        "single-math-v1": Template("Maths.", "{question}|{ref_answer_1}|{answer}"),
        "single-v1-multi-turn": Template("Later.", "{question_1}|{answer_1}|{question_2}|{answer_2}"),
        "single-math-v1-multi-turn": Template("Both.", "{ref_answer_1}|{ref_answer_2}|{answer_2}"),
    },
)
VICUNA = Judge(
    title="A",
    says="B",
    version=1,
    protocol="vicuna_bench",
    both_orders=False,
    prompts={"general": Template("G", "{question}|{answer_1}|{answer_2}"), "math": Template("M", "{answer_1}")},
)


def response(category: str = "writing", **metadata: object) -> Response:
    prompt = Prompt(text="q1", metadata={"category": category, "turns": ["q1", "q2"], "question_id": 81} | metadata)
    return Response(prompt=prompt, text="both", metadata={"turns": ["a1", "a2"]})


def asked(judge: Judge, about: Response) -> list[str]:
    (question,) = questions_about(judge, about)
    return [message["content"] for message in question.messages]


def test_category_and_turn_choose_the_prompt() -> None:
    assert asked(SINGLE, response()) == ["General.", "q1|a1"]
    assert asked(SINGLE.at_turn(2), response()) == ["Later.", "q1|a1|q2|a2"]
    maths = response("math", reference=["r1", "r2"])
    assert asked(SINGLE.at_turn(1), maths) == ["Maths.", "q1|r1|a1"]
    assert asked(SINGLE.at_turn(2), maths) == ["Both.", "r1|r2|a2"]


def test_what_a_question_lacks_is_said_and_nothing_is_asked() -> None:
    with pytest.raises(JudgeInvalid, match="turn 1 of question 81: too few reference. Import"):
        asked(SINGLE, response("math"))
    with pytest.raises(JudgeInvalid, match="turn 2 of question 81: too few reference"):
        asked(SINGLE.at_turn(2), response("math", reference=["r1"]))
    one_turn = Response(prompt=response().prompt, text="a1")
    with pytest.raises(JudgeInvalid, match="too few answers"):
        asked(SINGLE.at_turn(2), one_turn)


def test_a_single_prompt_is_asked_whatever_the_category() -> None:
    only = replace(SINGLE, prompts={"single-v1": SINGLE.prompts["single-v1"]})
    assert asked(only, response("math")) == ["General.", "q1|a1"]


def test_a_rating_is_of_the_response_shown_first() -> None:
    assert fastchat_single.read(SINGLE, "Good. Rating: [[8.5]]").scores == (8.5, None)
    with pytest.raises(Unparsed, match=r"\[\[9\]\]"):
        fastchat_single.read(SINGLE, "Good.")


def test_a_winner_wins_both_games_and_an_error_in_one_fails_both() -> None:
    assert fastchat_pair.read(SINGLE, "So [[B]]").grade == 2
    assert fastchat_pair.combine(SINGLE, swapped(grade=(2, 2)))[:2] == (2, True)
    assert fastchat_pair.combine(SINGLE, swapped(grade=(2, 0)))[:2] == (0, False)
    with pytest.raises(Unparsed):
        fastchat_pair.combine(SINGLE, [call(grade=2), failed("[[D]]")])


def test_vicuna_bench_shows_the_baseline_as_assistant_1_and_scores_both() -> None:
    prompt = Prompt(text="q", category="fermi")
    ours, base = (Response(text=name, author=Author(name=name)) for name in ("ours", "base"))
    pair = Pair(prompt=prompt, left=ours, right=base, metadata={"baseline": "base"})
    (question,) = questions(VICUNA, pair)
    assert question.messages[1]["content"] == "q|base|ours"
    prompt.category = "math"
    assert next(questions(VICUNA, pair)).messages[1]["content"] == "base"
    assert vicuna_bench.read(VICUNA, "8 7\nThe first.") == (-1, "The first.", None, (8, 7))
    assert vicuna_bench.combine(VICUNA, [call(scores=[8, 7])]).scores == (8, 7)
