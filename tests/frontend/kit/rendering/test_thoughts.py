"""What a model thought, told apart from its answer, and only where it is no quotation and no code."""

import pytest

from frontend.kit.rendering.thoughts import fenced, parted
from tests.linear import is_linear


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Answer.", (None, "Answer.", True)),
        ("<think>Why.</think>Answer.", ("Why.", "Answer.", True)),
        ("\n<Thinking>Why.</THINKING>Answer.", ("Why.", "Answer.", True)),
        ("<think>Why.</reasoning>More.</think>A", ("Why.</reasoning>More.", "A", True)),
        ("<think>Broken off", ("Broken off", "", False)),
        ("Why.\n</think>\nAnswer.", ("Why.\n", "\nAnswer.", True)),
        ("A tag `</think>` in words.", (None, "A tag `</think>` in words.", True)),
        ("Say <think> first.", (None, "Say <think> first.", True)),
    ],
)
def test_thoughts_are_told_apart(text: str, found: tuple[str | None, str, bool]) -> None:
    assert parted(text) == found


def test_a_closing_tag_in_code_ends_no_thoughts() -> None:
    text = "```\n</think>\n```\nAnswer."
    assert parted(text) == (None, text, True)
    assert parted(f"{text}\n</think>\nYes.")[1] == "\nYes."


def test_code_without_an_end_is_none() -> None:
    assert fenced("```\na\n```\n~~~~\nb\n~~~\n") == [(0, 9)]
    assert parted("```\n</think>\nAnswer.")[1] == "\nAnswer."


def test_many_tags_and_fences_cost_no_more_than_their_length() -> None:
    assert is_linear(parted, "```\n</think>\n```\n") and is_linear(parted, "</think> ") and is_linear(parted, "```\n")
