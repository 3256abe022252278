"""What an answer says, turned to the other order, and the reasons before its verdict."""

import pytest

from annotation.judges.protocols.answers import ParsedAnswer, reasons


def test_an_answer_turned_says_the_same_of_the_other_order() -> None:
    said = ParsedAnswer(-2, "Why.", 0.25, (8.0, 6.0))
    assert said.turned() == ParsedAnswer(2, "Why.", 0.75, (6.0, 8.0))
    assert said.turned().turned() == said


def test_what_was_not_said_is_not_said_of_the_other_order_either() -> None:
    assert ParsedAnswer(None).turned() == ParsedAnswer(None)
    assert ParsedAnswer(None, scores=(7.0, None)).turned().scores == (None, 7.0)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("A is right.\n\n---\nVerdict: A", "A is right."),
        ("Because.\n\n---\n\nVerdict: A+", "Because."),
        ("Verdict: A", ""),
        ("One.\n***\nTwo.\n\n\nVerdict: A", "One.\n***\nTwo."),
    ],
)
def test_reasons_end_before_the_rule_above_the_verdict(raw: str, why: str) -> None:
    assert reasons(raw, raw.index("Verdict")) == why
