"""Calls as a protocol finds them: read already, left to right."""

from typing import Any

from annotation.models import JudgeCall, Shown

ORDERS = (Shown.LEFT_FIRST, Shown.RIGHT_FIRST)


def call(shown: str = Shown.LEFT_FIRST, **read: Any) -> JudgeCall:
    return JudgeCall(shown=shown, **read)


def swapped(**read: tuple[Any, Any]) -> list[JudgeCall]:
    """One call in each order: `swapped(grade=(2, -1))`."""
    return [call(shown, **{name: values[at] for name, values in read.items()}) for at, shown in enumerate(ORDERS)]


def failed(raw: str = "", shown: str = Shown.LEFT_FIRST) -> JudgeCall:
    return call(shown, error="It says nothing.", raw=raw)
