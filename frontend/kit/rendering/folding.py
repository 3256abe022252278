"""Texts too long to be rendered whole: where they are cut, and the rest, in pieces that a browser can lay out."""

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from frontend.kit.rendering.budgets import PageCost
from studio.words import counted

# Characters that are rendered; what comes after them is folded away.
RENDERED = 30_000
FOLDED = 400_000
PIECE = 4_000
# A line of more is cut behind a word, and a word of more anywhere.
BACK = 2_000
# Marks above and below one letter: no script has so many, and a browser takes half a minute to place 30,000.
MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
WORD = 200
LONG_WORD = re.compile(rf"(\S{{{WORD}}})")
MARKS = re.compile(f"({MARK}{{40}})({MARK}+)")


def tamed(text: str) -> str:
    """The text with no more than 40 marks on a letter; how many more there are is said in their place."""
    if text.isascii():
        return text
    return MARKS.sub(lambda found: f"{found[1]} ⟨{counted(len(found[2]), 'more mark')}⟩", text)


def breakable(text: str) -> str:
    """Escaped, with places to break in words that no line holds: a browser that seeks them needs quadratic time."""
    return "<wbr>".join(escape(part) for part in LONG_WORD.split(text) if part)


def cut(text: str, length: int) -> int:
    """Where to cut a text: at the end of a line if one is near, else behind a word.

    What compares two texts word by word would take the halves of a word for two words that the other one lacks.
    """
    if len(text) <= length:
        return len(text)
    ends = (text.rfind(end, max(0, length - BACK), length) for end in ("\n", " "))
    return next((end + 1 for end in ends if end > 0), length)


def pieces(text: str, length: int = PIECE) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + cut(text[start : start + length + 1], length)
        yield text[start:end]
        start = end


def raw(text: str) -> str:
    """The text as it was written, as HTML."""
    return "".join(f'<pre class="piece">{kept(piece)}{breakable(piece)}</pre>' for piece in pieces(text))


def kept(text: str) -> str:
    """A browser drops the newline at the beginning of a `pre`, so that one which was written wants another."""
    return "\n" if text.startswith("\n") else ""


def folded(rest: str, page: PageCost) -> str:
    """The rest of a text behind "show the rest"."""
    allowed = page.may_fold(min(len(rest), FOLDED))
    left_out = len(rest) - allowed
    more, many = counted(allowed, "more character"), counted(left_out, "more character")
    shown = (
        f'<details class="rest"><summary>Show the rest: {more}, as written</summary>{raw(rest[:allowed])}</details>'
        if allowed
        else ""
    )
    says = f'<p class="note">This page leaves out {many}. The API has the whole text.</p>' if left_out else ""
    return shown + says


def whole(text: str) -> SafeString:
    """A text as it was written, such as a judge's own words."""
    return mark_safe(breakable(tamed(text)))


def words(text: str) -> SafeString:
    """The beginning of a text as it was written, for where a page of its own has the whole."""
    shown = tamed(text[:PIECE])
    left_out = f" … and {counted(len(text) - PIECE, 'more character')}" if len(text) > PIECE else ""
    return mark_safe(breakable(shown) + left_out)
