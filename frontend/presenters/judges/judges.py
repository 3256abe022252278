"""What the pages of judges show of a card, in the shape they show it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.urls import reverse

from annotation.judges.cards.figures import Card, Rate, Slice
from annotation.judges.cards.slices import UNSTATED
from annotation.models import Author

SHOWN = 12
PARTS = {
    "collection": "By collection",
    "domain": "By domain",
    "language": "By language",
    "turns": "By turns of the user",
    "gap": "By gap in length",
}
# In the heading, beside the texts, or among them.
SHOWN_ELSEWHERE = {"title", "says", "name", "known_as", "price", "system", "user", "reference", "prompts"}
HOW_AGREE = "Each judgment of a person is compared with the judge’s verdict; ties equal ties. Prompts are the units."
HOW_CEILING = "Every two judgments of people on the same pairs."


@dataclass(frozen=True)
class Group:
    """Parts of one kind; `n_more` smaller ones are left out."""

    title: str
    parts: list[Slice]
    n_more: int


@dataclass(frozen=True)
class Habit:
    """One thing that a judge follows: its rate, where an unbiased judge would lie, and how it is counted."""

    name: str
    rate: Rate
    fair: float | None
    how: str

    @property
    def is_off(self) -> bool:
        return self.fair is not None and self.rate.n > 0 and not self.rate.low <= self.fair <= self.rate.high


def groups(card: Card) -> list[Group]:
    found = [(title, card.parts(by)) for by, title in PARTS.items()]
    return [Group(title, parts[:SHOWN], max(0, len(parts) - SHOWN)) for title, parts in found if tells(parts)]


def tells(parts: list[Slice]) -> bool:
    """Whether parts say more than the whole does."""
    return len(parts) > 1 or any(part.value not in (UNSTATED, "1") for part in parts)


def habits(card: Card) -> list[Habit]:
    bias = card.bias
    return [
        Habit("Same verdict in both orders", bias.consistency, None, "Over pairs that were read in both orders."),
        Habit("The first wins", bias.first_position, 0.5, "Each reading in one order; a tie is half a win."),
        Habit("The longer wins", bias.longer, None, "Over decided pairs that differ by more than 30 characters."),
        Habit("The list wins", bias.lists, None, "Over the newest decided pairs where one text has a list."),
        Habit(
            "The list wins, as AlpacaEval counts",
            bias.lists_published,
            None,
            "Its pattern takes more for a list than a reader does, so this stands beside published figures only.",
        ),
    ]


def pairs_url(judge: int, part: Slice, verdicts: str = "disagree") -> str:
    """The very pairs of a part on which people and the judge disagree, or agree; empty where no list narrows so."""
    asked: dict[str, Any] = {verdicts: f"{judge},people"}
    if part.by == "gap":
        asked["gap_from"], _, asked["gap_to"] = part.value.partition("–")
    elif part.by in PARTS:
        asked[part.by] = part.value
    elif part.by != "all":
        return ""
    return f"{reverse('pair_list')}?{urlencode(asked, safe=',')}"


def texts(judge: Author) -> list[tuple[str, str]]:
    """What it was asked with, by name: its author keeps the texts."""
    kept = judge.details
    own = [("System", "system"), ("Question", "user"), ("Reference", "reference")]
    chats = [
        (f"{name}: {part}", chat[part])
        for name, chat in kept.get("prompts", {}).items()
        for part in ("system", "user")
    ]
    return [(title, text) for title, text in [*((title, kept.get(name)) for title, name in own), *chats] if text]


def asked(judge: Author) -> list[tuple[str, str]]:
    """What is known of how it was asked, but for the texts; settings as JSON."""
    return [
        (name, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in judge.details.items()
        if name not in SHOWN_ELSEWHERE and value not in ("", None, {}, [])
    ]
