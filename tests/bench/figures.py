"""One measured figure beside its bar, and the table of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

HEAD = ("what", "measured", "bar", "", "Label Studio")
ELSEWHERE = (
    "Label Studio's figures were measured elsewhere, on a machine like this one (two cores), never in this run;\n"
    "its own data, pages and exports stand behind them, so they say how far apart the two are, not by what factor."
)


@dataclass(frozen=True)
class Figure:
    """`bar` is a most, or with `at_least` a least, in `unit`; None where nothing was promised."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    label_studio: str = ""
    detail: str = ""

    @property
    def met(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        bar = "" if self.bar is None else f"{sign} {written(self.bar)} {self.unit}"
        verdict = {None: "", True: "yes", False: "NO"}[self.met]
        return (self.what, f"{written(self.value)} {self.unit}", bar, verdict, self.label_studio)

    def plain(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


@dataclass(frozen=True)
class Skipped:
    """A figure that could not be had here, and why."""

    what: str
    why: str

    def cells(self) -> tuple[str, ...]:
        return (self.what, f"skipped: {self.why}", "", "", "")

    def plain(self) -> dict[str, Any]:
        return asdict(self)


Found = Figure | Skipped
Measure = Callable[[], Iterable[Found]]


def written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def table(found: Iterable[Found]) -> Iterator[str]:
    """Lines; what a figure has to say for itself stands beneath its row."""
    kept = list(found)
    rows = [HEAD, *(one.cells() for one in kept)]
    widths = [max(map(len, column)) for column in zip(*(row for row in rows if "skipped" not in row[1]), strict=True)]
    for row, one in zip(rows, [None, *kept], strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if isinstance(one, Figure) and one.detail:
            yield f"    {one.detail}"
    yield ""
    yield ELSEWHERE
