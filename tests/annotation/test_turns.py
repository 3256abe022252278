"""Questions of several turns as one text that people and judges can read."""

from annotation import turns


def test_each_later_answer_stands_under_its_question() -> None:
    assert turns.written(["One?", "Two?\nReally?"], ["1", "2"]) == "1\n\n---\n\n> Two?\n> Really?\n\n2"


def test_one_answer_is_written_as_it_is() -> None:
    assert turns.written(["One?", "Two?"], ["1"]) == "1"


def test_answers_beyond_the_last_question_follow_without_one() -> None:
    assert turns.written(["One?"], ["1", "2"]) == "1\n\n2"


def test_what_has_no_turns_has_one() -> None:
    assert turns.asked({}, "One?") == ["One?"]
    assert turns.answered({"turns": []}, "1") == ["1"]
    assert turns.asked({"turns": ["One?", "Two?"]}, "One?") == ["One?", "Two?"]


def test_a_judge_of_a_turn_is_another_author_and_its_name_leads_back() -> None:
    assert turns.at_turn("gpt-4", 2) == "gpt-4 · turn 2"
    assert turns.of_all_turns("gpt-4 · turn 2") == "gpt-4"
    assert turns.of_all_turns("a judge · turn 2 of mine") == "a judge · turn 2 of mine"
