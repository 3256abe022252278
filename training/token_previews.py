"""What a preview asks of a program and gets back: the tokens of some rows, and which of them are learnt.

Knows nothing of Django or torch; all of it is plain JSON.
"""

from typing import Any, Literal

from msgspec import Struct

# `masked` is read and not learnt, `cut` is beyond the longest length; a reward model reads its score at `scored`.
TokenState = Literal["learnt", "masked", "cut", "scored"]


class PreviewRequest(Struct, frozen=True, kw_only=True):
    """A training run that is not launched yet: its settings, its checkpoint's folder, and records to look at."""

    kind: str
    settings: dict[str, Any]
    base: str
    records: list[dict[str, Any]]


class ShownToken(Struct, frozen=True, array_like=True):
    """`is_control` where it is one of the tokens that only a template writes."""

    text: str
    state: TokenState
    is_control: bool


class ShownConversation(Struct, frozen=True, kw_only=True):
    """`name` is chosen or rejected, empty for a demonstration. Of a long one `omitted` tokens follow the `head`."""

    name: str
    head: list[ShownToken]
    omitted: int
    tail: list[ShownToken]
    learnt: int
    cut: int
    length: int


class ShownRow(Struct, frozen=True):
    name: str
    conversations: list[ShownConversation]


class LeftOut(Struct, frozen=True):
    """A row that is not learnt, by the name of its id, and why."""

    name: str
    reason: str
    says: str


class TokenPreview(Struct, frozen=True, kw_only=True):
    """`counts` are of all records that were asked about. A `refused` one has a field and a problem, and no rows."""

    rows: list[ShownRow] = []
    left_out: list[LeftOut] = []
    counts: dict[str, int] = {}
    refused: tuple[str, str] | None = None
