"""The arena as its page shows it: rows with names, one scale for all intervals, the heat map in the table's order."""

from dataclasses import dataclass

from annotation.arena.arena import Arena
from annotation.arena.ranking import RankedAuthor
from annotation.models import Author
from annotation.statistics.bradley_terry import LOG_BASE
from annotation.statistics.ratings import SCALE, Rating

FEATURES = {"length": "Length", "headers": "Headers", "lists": "List items", "bold": "Bold"}
STEPS = {
    "comparisons": "reading the comparisons",
    "elo": "Elo",
    "bradley_terry": "Bradley-Terry",
    "style": "style",
}
MAPPED = 24
NOTHING = 1e-9


@dataclass(frozen=True)
class ArenaRow:
    author: Author
    ranked: RankedAuthor
    # How many ranks it moves up and down where style is controlled.
    up: int = 0
    down: int = 0


@dataclass(frozen=True)
class Group:
    """Those whom one scale holds, and its ends. `rows` of a group of one have no rating."""

    rows: list[ArenaRow]
    lowest: float
    highest: float

    @property
    def is_rated(self) -> bool:
        return len(self.rows) > 1


@dataclass(frozen=True)
class ArenaCell:
    """The row's wins and half ties against the column, in [0, 1]; None where they were never compared."""

    row: Author
    column: Author
    share: float | None
    n: int

    @property
    def percent(self) -> int:
        return round(100 * (self.share or 0))

    @property
    def tone(self) -> str:
        """A step of the scale from `lost-5` over `even` to `won-5`."""
        if self.share is None:
            return ""
        step = round(abs(self.share - 0.5) * 10)
        return f"{'won' if self.share > 0.5 else 'lost'}-{step}" if step else "even"


@dataclass(frozen=True)
class Effect:
    """What a typical difference in one feature is worth, in points of rating."""

    title: str
    points: Rating


@dataclass(frozen=True)
class ArenaTables:
    """`furthest` is the end of the axis of the effects, on either side of 0."""

    groups: list[Group]
    alone: list[ArenaRow]
    cells: list[list[ArenaCell]]
    effects: list[Effect]
    furthest: float
    nearest: float
    costs: list[tuple[str, int]]


def shown(found: Arena) -> ArenaTables:
    """One query, whatever the number of authors."""
    authors = Author.objects.select_related("checkpoint").in_bulk(found.authors)
    groups = [grouped(ranked, authors) for ranked in found.groups]
    worth = effects(found)
    furthest = max((abs(end) for effect in worth for end in effect.points if end is not None), default=1.0)
    return ArenaTables(
        groups=[group for group in groups if group.is_rated],
        alone=[one for group in groups if not group.is_rated for one in group.rows],
        cells=heat(found, authors),
        effects=worth,
        furthest=furthest,
        nearest=-furthest,
        costs=[(STEPS[step], round(1000 * seconds)) for step, seconds in found.seconds.items()],
    )


def grouped(ranked: list[RankedAuthor], authors: dict[int, Author]) -> Group:
    rated = [rating for one in ranked for rating in (one.rating, one.styled) if rating]
    ends = [end for rating in rated for end in rating if end is not None] or [900.0, 1100.0]
    room = (max(ends) - min(ends)) * 0.04
    return Group([row(authors[one.author], one) for one in ranked], min(ends) - room, max(ends) + room)


def row(author: Author, ranked: RankedAuthor) -> ArenaRow:
    moved = ranked.rank - ranked.styled_rank if ranked.rank and ranked.styled_rank else 0
    return ArenaRow(author, ranked, up=max(moved, 0), down=max(-moved, 0))


def heat(found: Arena, authors: dict[int, Author]) -> list[list[ArenaCell]]:
    """The first of the table against each other, in its order."""
    order = [one.author for group in found.groups for one in group][:MAPPED]
    place = {author: number for number, author in enumerate(found.authors)}
    return [[cell(found, authors[one], authors[other], place) for other in order] for one in order]


def cell(found: Arena, one: Author, other: Author, place: dict[int, int]) -> ArenaCell:
    at = place[one.pk], place[other.pk]
    n = int(found.tally.played[at])
    return ArenaCell(one, other, float(found.tally.won[at]) / n if n else None, n)


def effects(found: Arena) -> list[Effect]:
    """On the scale of the ratings. What no two texts differ in is left out: of it only the prior speaks."""
    point = SCALE / LOG_BASE
    return [
        Effect(FEATURES[name], Rating(point * effect.rating, times(point, effect.low), times(point, effect.high)))
        for name, effect in (found.effects or {}).items()
        if abs(effect.rating) > NOTHING
    ]


def times(point: float, end: float | None) -> float | None:
    return None if end is None else point * end
