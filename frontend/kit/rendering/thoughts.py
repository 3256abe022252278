"""What a model thought before it answered, told apart from the answer."""

import re
from bisect import bisect_right

NAMES = "think|thinking|reasoning"
OPENED = re.compile(rf"\s*<({NAMES})>", re.IGNORECASE)
# Some models are given the opening tag, so that only the closing one is theirs.
CLOSED_ONLY = re.compile(rf"^[ \t]*</(?:{NAMES})>", re.IGNORECASE | re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)", re.MULTILINE)


def parted(text: str) -> tuple[str | None, str, bool]:
    """The thoughts (None where there are none), the answer, and whether the thoughts came to an end."""
    opened = OPENED.match(text)
    if opened:
        closed = re.compile(rf"</{opened[1]}>", re.IGNORECASE).search(text, opened.end())
        if closed:
            return text[opened.end() : closed.start()], text[closed.end() :], True
        return text[opened.end() :], "", False
    if closed := closed_only(text):
        return text[: closed.start()], text[closed.end() :], True
    return None, text, True


def closed_only(text: str) -> re.Match[str] | None:
    """The first closing tag on a line of its own that is no line of code."""
    code = fenced(text)
    for closed in CLOSED_ONLY.finditer(text):
        at = bisect_right(code, (closed.start(), len(text)))
        if not at or code[at - 1][1] <= closed.start():
            return closed
    return None


def fenced(text: str) -> list[tuple[int, int]]:
    """Where code blocks begin and end; one without an end is none, since thoughts may break off in it."""
    found, opened = [], None
    for fence in FENCE.finditer(text):
        mark, rest = fence.groups()
        if opened is None:
            opened = fence if mark[0] == "~" or "`" not in rest else None
        elif mark.startswith(opened[1]) and not rest.strip():
            found.append((opened.start(), fence.end()))
            opened = None
    return found
