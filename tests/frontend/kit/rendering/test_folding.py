"""Long texts: cut at lines, folded in pieces that a browser can lay out, and nothing of them lost."""

import re

import pytest

from frontend.kit.rendering.budgets import FOLDED_ON_A_PAGE, PageCost
from frontend.kit.rendering.folding import (
    BACK,
    FOLDED,
    PIECE,
    WORD,
    breakable,
    cut,
    folded,
    pieces,
    raw,
    tamed,
    whole,
    words,
)


def test_a_text_is_cut_behind_a_line_that_is_near() -> None:
    text = "a" * 90 + "\n" + "b" * 50
    assert (cut(text, 100), cut(text, 1000)) == (91, len(text))
    assert cut("a" * 5000, 3000) == 3000
    assert cut("a\n" + "b" * (BACK * 2), BACK + 500) == BACK + 500


def test_where_no_line_is_near_no_word_is_cut() -> None:
    assert cut("seven nine", 8) == cut("seven nine", 6) == len("seven ")
    assert cut("a line\nof words", 12) == len("a line\n")
    assert {piece[-1] for piece in pieces("seven " * PIECE)} == {" "}


@pytest.mark.parametrize("text", ["", "one line", "ab\n" * 5000, "x" * 9001, "\n" * 9001, "漢" * 4001 + "\n"])
def test_pieces_are_the_text_and_none_is_long(text: str) -> None:
    found = list(pieces(text))
    assert "".join(found) == text and all(0 < len(piece) <= PIECE + 1 for piece in found)


def test_a_word_that_no_line_holds_may_be_broken_and_is_escaped() -> None:
    html = breakable("<b>" * WORD)
    assert "<b>" not in html and html.count("<wbr>") >= 2
    assert html.replace("<wbr>", "") == "&lt;b&gt;" * WORD
    assert breakable("short words only") == "short words only"


def test_forty_marks_on_a_letter_are_shown_and_the_others_counted() -> None:
    assert tamed("a" + "\u0301" * 43) == "a" + "\u0301" * 40 + " ⟨3 more marks⟩"
    assert tamed("a" + "\u0301" * 40) == "a" + "\u0301" * 40
    assert tamed("plain") == "plain"


def test_a_newline_at_the_beginning_of_a_piece_is_kept() -> None:
    assert raw("\nx") == '<pre class="piece">\n\nx</pre>'


def test_the_rest_says_how_much_it_is_and_is_there() -> None:
    html = folded("r" * 1234, PageCost())
    assert "Show the rest: 1,234 more characters, as written" in html
    assert re.sub(r"<[^>]+>", "", html.partition("</summary>")[2]) == "r" * 1234


def test_what_no_page_can_carry_is_counted_and_not_sent() -> None:
    page = PageCost()
    page.folded = FOLDED_ON_A_PAGE - 100
    assert "leaves out 900 more characters" in folded("r" * 1000, page)
    spent = folded("r" * 1000, page)
    assert "<details" not in spent and "leaves out 1,000 more characters" in spent
    assert "leaves out 1 more character." in folded("r" * (FOLDED + 1), PageCost())


def test_the_beginning_of_a_text_says_how_much_there_is_more() -> None:
    assert words("<i>") == "&lt;i&gt;"
    assert words("a b " * 1000 + "cd").endswith(" … and 2 more characters")
    assert whole("<i>") == "&lt;i&gt;"
