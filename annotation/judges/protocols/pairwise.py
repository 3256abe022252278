"""Two responses side by side: reasons first, then one of seven grades."""

import re
from collections.abc import Sequence
from typing import Any

from annotation.judges.loading import Judge
from annotation.judges.protocols.answers import Combined, Said, Unparsed
from annotation.judges.protocols.answers import combine as combined
from annotation.judges.published import fill
from annotation.models import JudgeCall, Pair, Shown
from annotation.models.prompts import Message

GRADES = {"A+++": -3, "A++": -2, "A+": -1, "=": 0, "B+": 1, "B++": 2, "B+++": 3}
VERDICT = re.compile(r"^\W*verdict\W*?:\W*?(A\+{1,3}|B\+{1,3}|=)(?!\+)\s*\W*$", re.IGNORECASE | re.MULTILINE)


def orders(judge: Judge, pair: Pair) -> list[str]:
    return [Shown.LEFT_FIRST, Shown.RIGHT_FIRST] if judge.both_orders else [Shown.LEFT_FIRST]


def messages(judge: Judge, pair: Pair, first: str, second: str) -> list[Message]:
    text = fill(judge.user, {"conversation": written(pair.prompt.messages), "first": first, "second": second})
    return [{"role": "system", "content": judge.system}, {"role": "user", "content": text}]


def written(conversation: Sequence[Message]) -> str:
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in conversation)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> Said:
    """The last line of the form `Verdict: A++`. Raises Unparsed."""
    found = list(VERDICT.finditer(raw))
    if not found:
        raise Unparsed("The answer has no line `Verdict: …` with A+++, A++, A+, =, B+, B++ or B+++.")
    last = found[-1]
    return Said(GRADES[last[1].upper()], raw[: last.start()].strip())


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combined([call.grade for call in calls if call.grade is not None])
