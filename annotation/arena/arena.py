"""The arena: ratings of authors from the judgments between them, as its page and its API show them."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from annotation.arena.comparisons import ComparisonFilters, compared
from annotation.arena.ranking import (
    RankedAuthor,
    Tally,
    at_equal_style,
    busiest,
    counted,
    groups,
    online,
    ranked,
    tally,
)
from annotation.models import Author, Judgment
from annotation.models.win_share import TIED
from annotation.statistics.ratings import Rating
from studio.projects.scope import here

# Answers to different questions about the same judgments; one takes some 100 kB.
REMEMBERED = 32


@dataclass(frozen=True)
class Arena:
    """`groups`: authors that one scale holds, best first; the largest group first. `tally` follows `authors`.

    `judged_by` counts people and judges. `unmeasured` are texts whose style has to be counted before it can be
    controlled. `seconds` is what each step took.
    """

    n: int
    ties: int
    judged_by: int
    left_out: int
    authors: list[int]
    groups: list[list[RankedAuthor]]
    tally: Tally
    effects: dict[str, Rating] | None
    unmeasured: tuple[int, ...]
    seconds: dict[str, float]


class Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.at = time.perf_counter()

    def lap(self, step: str) -> None:
        began, self.at = self.at, time.perf_counter()
        self.seconds[step] = self.at - began


def arena(question: ComparisonFilters, *, styled: bool = False) -> Arena | None:
    """None where no judgment counts. The same question about the same judgments is answered from memory."""
    found = remembered(question, styled, (here(), *Judgment.mark()))
    # Texts are measured meanwhile, which no mark of the judgments shows.
    return fresh(question, styled) if found and found.unmeasured else found


@lru_cache(REMEMBERED)
def remembered(question: ComparisonFilters, styled: bool, mark: tuple[Any, ...]) -> Arena | None:
    return fresh(question, styled)


def fresh(question: ComparisonFilters, styled: bool) -> Arena | None:
    clock = Clock()
    everybody = compared(question, styled=styled)
    comparisons = busiest(everybody)
    clock.lap("comparisons")
    if not comparisons.n:
        return None
    elos = online(comparisons)
    clock.lap("elo")
    weighted = counted(comparisons)
    together = groups(weighted)
    waiting = np.unique(comparisons.texts[comparisons.styles[:, :, 0] < 0]).tolist() if styled else []
    even = at_equal_style(comparisons, together) if styled and not waiting else None
    clock.lap("style")
    rows = [ranked(group, comparisons, weighted, elos, even) for group in together]
    clock.lap("bradley_terry")
    return Arena(
        n=comparisons.n,
        ties=int((comparisons.outcomes == TIED).sum()),
        judged_by=len(np.unique(comparisons.judged_by)),
        left_out=everybody.n - comparisons.n,
        authors=comparisons.authors,
        groups=rows,
        tally=tally(weighted),
        effects=even.effects if even else None,
        unmeasured=tuple(waiting),
        seconds=clock.seconds,
    )


def rows(found: Arena) -> list[dict[str, Any]]:
    """Every ranked author as one flat row, for files and scripts; `group` numbers the scales."""
    names = Author.objects.in_bulk(found.authors)
    return [
        {"group": number, "name": names[row.author].name}
        | {name: value for name, value in row._asdict().items() if name not in {"rating", "styled"}}
        | bounds("rating", row.rating)
        | bounds("styled_rating", row.styled)
        for number, group in enumerate(found.groups, start=1)
        for row in group
    ]


def bounds(name: str, rating: Rating | None) -> dict[str, float | None]:
    low, high = (rating.low, rating.high) if rating else (None, None)
    return {name: rating.rating if rating else None, f"{name}_low": low, f"{name}_high": high}
