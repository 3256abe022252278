"""Texts too long to be rendered whole: where they are cut, and the rest, in pieces that a browser can lay out."""

from collections.abc import Iterator

from django.utils.html import escape

from frontend.rendering.budgets import Page

# Characters that are rendered; what comes after them is folded away.
RENDERED = 30_000
FOLDED = 400_000
PIECE = 4_000
# A line of more is cut anywhere.
BACK = 2_000


def cut(text: str, length: int) -> int:
    """Where to cut a text, at the end of a line if one is near."""
    if len(text) <= length:
        return len(text)
    newline = text.rfind("\n", max(0, length - BACK), length)
    return newline + 1 if newline > 0 else length


def pieces(text: str, length: int = PIECE) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + cut(text[start : start + length + 1], length)
        yield text[start:end]
        start = end


def raw(text: str) -> str:
    """The text as it was written, as HTML."""
    return "".join(f'<pre class="piece">{escape(piece)}</pre>' for piece in pieces(text))


def folded(rest: str, page: Page) -> str:
    """The rest of a text behind "show the rest"."""
    allowed = page.may_fold(min(len(rest), FOLDED))
    left_out = len(rest) - allowed
    shown = (
        f'<details class="rest"><summary>Show the rest: {allowed:,} more characters, as they were written</summary>'
        f"{raw(rest[:allowed])}</details>"
        if allowed
        else ""
    )
    says = (
        f'<p class="note">{left_out:,} more characters are too many for a page. The API has the whole text.</p>'
        if left_out
        else ""
    )
    return shown + says
