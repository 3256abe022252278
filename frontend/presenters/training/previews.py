"""The preview of a training run: tokens as marked text, and in words what becomes of the first rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.words import counted
from training.token_previews import LeftOut, ShownConversation, ShownRow, ShownToken, TokenPreview

# Where a line ends is seen: a token may be nothing else.
LINE_END = "↵\n"


@dataclass(frozen=True)
class MarkedToken:
    text: str
    marks: str


@dataclass(frozen=True)
class MarkedConversation:
    """`before` and `behind` are the tokens around the `omitted` ones of a long conversation."""

    name: str
    facts: str
    before: list[MarkedToken]
    omitted: int
    behind: list[MarkedToken]


@dataclass(frozen=True)
class MarkedRow:
    name: str
    conversations: list[MarkedConversation]


@dataclass(frozen=True)
class PreviewPart:
    rows: list[MarkedRow]
    left_out: list[LeftOut]
    summary: str


def part(found: TokenPreview) -> PreviewPart:
    return PreviewPart([row(one) for one in found.rows], found.left_out, summary(found.counts))


def row(shown: ShownRow) -> MarkedRow:
    return MarkedRow(shown.name.capitalize(), [conversation(one) for one in shown.conversations])


def conversation(shown: ShownConversation) -> MarkedConversation:
    facts = [counted(shown.length, "token")]
    facts += [f"{shown.learnt:,} learnt"] if shown.learnt else []
    facts += [f"{shown.cut:,} cut"] if shown.cut else []
    return MarkedConversation(
        shown.name.capitalize(), ", ".join(facts), marked(shown.head), shown.omitted, marked(shown.tail)
    )


def marked(tokens: Sequence[ShownToken]) -> list[MarkedToken]:
    return [
        MarkedToken(token.text.replace("\n", LINE_END), f"{token.state} control" if token.is_control else token.state)
        for token in tokens
    ]


def summary(counts: dict[str, int]) -> str:
    """`Of the first 200 rows 190 are learnt, 3 of them cut; 10 are left out.`"""
    kept = counts.get("rows", 0)
    left = sum(count for name, count in counts.items() if name.startswith("dropped_"))
    cut = counts.get("truncated", 0)
    said = f"Of the first {counted(kept + left, 'row')} {kept:,} {'is' if kept == 1 else 'are'} used"
    said += f", {cut:,} of them cut at the longest length" if cut else ""
    said += f"; {left:,} {'is' if left == 1 else 'are'} left out." if left else "."
    if named := counts.get("escaped", 0):
        said += f" {counted(named, 'conversation')} would name a control token: that text stays text."
    if skipped := counts.get("answers_not_learnt", 0):
        said += (
            f" {counted(skipped, 'earlier answer')} {'is' if skipped == 1 else 'are'} not learnt: "
            "the chat template shows earlier answers otherwise than the model says them."
        )
    return said
