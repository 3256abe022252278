import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge, JudgeInvalid, Template
from annotation.judges.runs.questions import questions_about
from annotation.models import Prompt, Response

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


def test_a_category_whose_prompt_the_judge_lacks_is_named() -> None:
    two = replace(SINGLE, prompts={name: SINGLE.prompts[name] for name in ("single-v1", "single-v1-multi-turn")})
    with pytest.raises(JudgeInvalid, match="no prompt 'single-math-v1' for the category 'math'"):
        asked(two, response("math", reference=["r1", "r2"]))


def test_a_question_of_one_turn_is_its_prompt_and_an_answer_its_text() -> None:
    plain = Response(prompt=Prompt(text="q", category="writing"), text="a")
    assert asked(SINGLE, plain) == ["General.", "q|a"]
