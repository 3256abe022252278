"""What a model thought before it answered, told apart from the answer."""

import re

NAMES = "think|thinking|reasoning"
OPENED = re.compile(rf"\s*<({NAMES})>", re.IGNORECASE)
# Some models are given the opening tag, so that only the closing one is theirs.
CLOSED_ONLY = re.compile(rf"^[ \t]*</(?:{NAMES})>", re.IGNORECASE | re.MULTILINE)


def parted(text: str) -> tuple[str | None, str, bool]:
    """The thoughts (None where there are none), the answer, and whether the thoughts came to an end."""
    opened = OPENED.match(text)
    if opened:
        closed = re.compile(rf"</{opened[1]}>", re.IGNORECASE).search(text, opened.end())
        if closed:
            return text[opened.end() : closed.start()], text[closed.end() :], True
        return text[opened.end() :], "", False
    closed = CLOSED_ONLY.search(text)
    if closed:
        return text[: closed.start()], text[closed.end() :], True
    return None, text, True
