"""What is counted of a text's style."""

from annotation.statistics.style_features import Style, style
from tests.linear import is_linear


def test_markdown_is_counted_outside_code() -> None:
    text = "# Title\n\n- one\n2. two\n\n**bold** and __bold__\n```\n# no title\n- no item\n```"
    assert style(text, tokens=40) == Style(length=40, headers=1, lists=2, bold=2)


def test_length_is_in_words_where_tokens_are_not_known() -> None:
    assert style("four words are here").length == 4


def test_a_text_of_blank_lines_is_counted_in_one_pass() -> None:
    assert is_linear(style, "\n", after="x")
    assert style("Three:\n\n- one\n\n\n  2. two\n* three").lists == 3
