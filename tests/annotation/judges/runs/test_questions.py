import msgspec

from annotation.judges.config import registry
from annotation.judges.runs.questions import Question, questions
from annotation.models import Pair, Prompt, Response

JUDGE = registry.load("xwin_pair")


def asked(left: str, right: str, **changes: object) -> list[Question]:
    prompt = Prompt(messages=[{"role": "user", "content": "Name a {first} prime."}])
    pair = Pair(prompt=prompt, left=Response(text=left), right=Response(text=right))
    return list(questions(msgspec.structs.replace(JUDGE, **changes), pair))


def test_braces_in_what_is_asked_about_are_text() -> None:
    text = asked("{second} {conversation}", "Seven {x}.")[0].messages[1]["content"]
    assert "[user]\nName a {first} prime." in text
    assert "<response_A>\n{second} {conversation}\n</response_A>" in text
    assert "<response_B>\nSeven {x}.\n</response_B>" in text


def test_the_digest_is_of_all_that_decides_the_answer() -> None:
    one, swapped = (question.digest(JUDGE) for question in asked("Four.", "Seven."))
    assert one == asked("Four.", "Seven.")[0].digest(JUDGE) == asked("Seven.", "Four.")[1].digest(JUDGE)
    assert one != swapped


def test_each_of_k_samples_is_a_question_of_its_own_with_the_next_seed() -> None:
    found = asked("Four.", "Seven.", samples=3, seed=7)
    assert [question.settings["seed"] for question in found] == [7, 8, 9, 7, 8, 9]
    assert len({question.digest(JUDGE) for question in found}) == 6
    unseeded = asked("Four.", "Seven.", samples=3)
    assert len({question.digest(JUDGE) for question in unseeded}) == 6
