"""The style of a text in numbers: its length, and how much markdown it holds. Pure.

What Chatbot Arena counts ("Does style matter?", 2024): headers, list items and bold spans outside code blocks.
"""

import re
from typing import NamedTuple

CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
HEADER = re.compile(r"^#{1,6}\s", re.MULTILINE)
LIST_ITEM = re.compile(r"^[^\S\n]*(?:\d+\.|[-*+])\s", re.MULTILINE)
BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")


class Style(NamedTuple):
    """How much of each thing a text holds."""

    length: int
    headers: int
    lists: int
    bold: int


def style(text: str, tokens: int | None = None) -> Style:
    """Count outside code blocks; length is in `tokens` where they are known, else in words."""
    prose = CODE_BLOCK.sub("", text)
    return Style(
        length=len(text.split()) if tokens is None else tokens,
        headers=len(HEADER.findall(prose)),
        lists=len(LIST_ITEM.findall(prose)),
        bold=len(BOLD.findall(prose)),
    )
