import pytest

from annotation.judges.config import registry
from annotation.judges.config.description import JudgeInvalid
from annotation.judges.protocols import rating
from annotation.judges.protocols.answers import Unparsed
from annotation.judges.runs.questions import questions_about
from annotation.models import Prompt, Response

JUDGE = registry.load("rating")


def asked(turn: int | None = None, **metadata: object) -> str:
    messages = [{"role": "user", "content": "Two plus two?"}]
    prompt = Prompt(messages=messages, metadata=metadata | {"turns": ["Two plus two?", "And one more?"]})
    response = Response(prompt=prompt, text="4, then 5", metadata={"turns": ["Four.", "Five."]})
    judge = JUDGE if turn is None else JUDGE.at_turn(turn)
    (question,) = questions_about(judge, response)
    return question.messages[1]["content"]


@pytest.mark.parametrize(
    ("line", "points"),
    [("Rating: 7", 7), ("rating: 8.5", 8.5), ("**Rating: 10**", 10), ("Rating: [[9]]", 9), ("Rating: 7/10.", 7)],
)
def test_the_last_line_is_the_rating(line: str, points: float) -> None:
    assert rating.read(JUDGE, f"Rating: 3\nRather more.\n{line}").scores == (points, None)


@pytest.mark.parametrize("answer", ["", "7", "Rating: seven", "Rating: 0", "Rating: 11", "Rating: 7 or 8"])
def test_an_answer_without_a_rating_from_1_to_10_is_refused(answer: str) -> None:
    with pytest.raises(Unparsed, match="1 to 10"):
        rating.read(JUDGE, answer)


def test_the_reference_is_shown_where_the_prompt_has_one() -> None:
    assert "<reference_answer>\n4\n\n5\n</reference_answer>\n\n<response>\n4, then 5" in asked(reference=["4", "5"])
    assert "<reference_answer>\n4\n</reference_answer>" in asked(reference="4")
    assert "</conversation>\n\n<response>" in asked()


def test_at_the_first_turn_the_first_answer_stands_alone() -> None:
    text = asked(turn=1, reference=["4", "5"])
    assert "<response>\nFour.\n</response>" in text and "<reference_answer>\n4\n</reference_answer>" in text


def test_at_the_second_turn_its_question_stands_between_the_answers() -> None:
    told = "[assistant]\nFour.\n\n[user]\nAnd one more?\n\n[assistant]\nFive."
    assert f"<response>\n{told}\n</response>" in asked(turn=2)


def test_a_judge_of_pairs_rates_no_single_response() -> None:
    with pytest.raises(JudgeInvalid, match="compares two"):
        list(questions_about(registry.load("xwin_pair"), Response()))
