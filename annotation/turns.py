"""Questions of several turns that are all known before the first is answered, such as MT-bench's. Pure.

Their prompt's messages end in the first of the user's turns; all of them are in its metadata as `turns`. A response
has its answers in its metadata as `turns` too. Its text shows them in order, each later one under its question, so
that people and judges who read it as one text see what was asked.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

TURN = re.compile(r" · turn \d+$")


def heading(question: str) -> str:
    """What stands between two answers: a rule, and the next question as a quotation."""
    quoted = "\n".join(f"> {line}".rstrip() for line in question.splitlines())
    return f"\n\n---\n\n{quoted}\n\n"


def written(questions: Sequence[str], answers: Sequence[str]) -> str:
    """All answers as one text. Answers beyond the last question follow without one."""
    follow_ups = [*questions[1:], *[""] * len(answers)]
    between = ["", *(heading(question) if question else "\n\n" for question in follow_ups)]
    return "".join(before + answer for before, answer in zip(between, answers, strict=False))


def asked(metadata: Mapping[str, Any], first: str) -> list[str]:
    """The user's turns of a prompt by its metadata; the `first` alone where there are no others."""
    return list(metadata.get("turns") or [first])


def answered(metadata: Mapping[str, Any], text: str) -> list[str]:
    """The answers of a response by its metadata; its `text` where it has one turn."""
    return list(metadata.get("turns") or [text])


def at_turn(judge: str, turn: int) -> str:
    """The author of a judge's verdicts on one turn: what it says of the first is no verdict on the second."""
    return f"{judge} · turn {turn}"


def of_all_turns(author: str) -> str:
    """The judge's name without the turn that its author's name ends in."""
    return TURN.sub("", author)
