"""Who wins against whom under one judge: a cell for each two authors whose responses met."""

from dataclasses import dataclass

from django.db.models import Avg, F, Q
from django.db.models.functions import Greatest, Least

from annotation.models import Author, Judgment, win_share
from annotation.statistics.significance import WinRate
from frontend.kit import subqueries
from frontend.presenters.evaluation.compare import SUMS, rated

SHOWN = 16


@dataclass(frozen=True)
class MatrixCell:
    """Row against column; None where they never met."""

    row: Author
    column: Author
    rate: WinRate | None

    @property
    def tone(self) -> str:
        """Whether the interval lies above one half, below it, or holds it."""
        if self.rate is None:
            return ""
        return "won" if self.rate.low > 0.5 else "lost" if self.rate.high < 0.5 else "open"

    @property
    def step(self) -> int:
        """How far from one half, in fifths, for the depth of the colour."""
        return round(abs(self.rate.rate - 0.5) * 10) if self.rate else 0


@dataclass(frozen=True)
class Matrix:
    authors: list[Author]
    rows: list[list[MatrixCell]]


def of_judge(judge: Author) -> Matrix:
    """Over prompts: several pairs of one prompt count as their mean. Best first."""
    rates = met(judge)
    totals: dict[int, list[float]] = {}
    for (one, _), rate in rates.items():
        total = totals.setdefault(one, [0.0, 0.0])
        total[0] += rate.rate * rate.n
        total[1] += rate.n
    order = sorted(totals, key=lambda pk: -totals[pk][0] / totals[pk][1])[:SHOWN]
    found = Author.objects.in_bulk(order)
    authors = [found[pk] for pk in order]
    return Matrix(
        authors, [[MatrixCell(one, other, rates.get((one.pk, other.pk))) for other in authors] for one in authors]
    )


def met(judge: Author) -> dict[tuple[int, int], WinRate]:
    """For each two authors that met, in both directions, the first one's win rate."""
    current = Judgment.objects.filter(author=judge, superseded_at=None, state=Judgment.State.VALID)
    left, right = F("pair__left__author"), F("pair__right__author")
    parted = current.exclude(pair__left__author=right)
    turned = parted.annotate(
        one=Least(left, right),
        other=Greatest(left, right),
        share=win_share.where(Q(pair__right__author__lt=left)),
    )
    by_prompt = turned.values_list("pair__prompt", "one", "other").annotate(outcome=Avg("share"))
    found: dict[tuple[int, int], WinRate] = {}
    columns = "prompt, one, other, outcome"
    for one, other, n, wins, losses, total, squares in subqueries.aggregate(by_prompt, columns, SUMS, "one, other"):
        found[one, other] = rated(n, wins, losses, total, squares)
        found[other, one] = rated(n, losses, wins, n - total, n - 2 * total + squares)
    return found
