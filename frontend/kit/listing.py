"""Lists whose whole state is their address: filters, sort, columns, and the row after which a page begins.

Pages go by the last row seen (keyset), so that page 10,000 costs what page 1 costs. Rows are dicts, as
`QuerySet.values()` gives them: a list reads no column that it does not show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict

from annotation.models.row_estimates import estimate
from frontend.kit.filters import Chip, Filters, address
from studio.accounts.roles import Capability
from studio.http.parsing import row_id

Row = dict[str, Any]
Rows = QuerySet[Any, Any]
# Beyond so many rows a list says what the planner expects instead of counting.
COUNTED = 10_000
# What a change of the filters leaves as it is.
KEPT = ("sort", "columns", "projects")


@dataclass(frozen=True)
class Column:
    """`sort` is the field that orders by it. `sparse`: null in some rows, which a sort by it leaves out.

    `grows` into what room the others leave.
    """

    name: str
    title: str
    sort: str = ""
    number: bool = False
    grows: bool = False
    shown: bool = True
    sparse: bool = False


@dataclass(frozen=True)
class Head:
    """One column head: the address that sorts by it (empty: none does) and ARIA's word for the present order."""

    column: Column
    url: str
    order: str


@dataclass(frozen=True)
class Option:
    """One line of the column menu, and the address that shows or hides the column."""

    title: str
    on: bool
    url: str


@dataclass(frozen=True)
class RowOrder:
    """A column and a direction, as `sort=-length` in the address says."""

    column: Column
    descending: bool

    @property
    def fields(self) -> list[str]:
        """As `order_by` wants them; rows that are equal stand in the order of their ids."""
        names = [self.column.sort] if self.column.sort == "id" else [self.column.sort, "id"]
        return [f"-{name}" if self.descending else name for name in names]

    @property
    def opposite(self) -> "RowOrder":
        return RowOrder(self.column, not self.descending)

    def key(self, row: Row) -> str:
        return f"{row[self.column.sort]}~{row['id']}"

    def after(self, key: str) -> Q:
        """The rows behind a key; raises BadRequest where the key is not one of ours."""
        value, _, pk = key.rpartition("~")
        beyond, field = ("lt" if self.descending else "gt"), self.column.sort
        if row_id(pk) is None:
            raise BadRequest(f"after or before = {key!r} is not a place in this list. Take it out of the address.")
        if field == "id":
            return Q(**{f"id__{beyond}": pk})
        # The first condition alone bounds the index scan; the second one settles ties.
        return Q(**{f"{field}__{beyond}e": value}) & (Q(**{f"{field}__{beyond}": value}) | Q(**{f"id__{beyond}": pk}))


@dataclass(frozen=True)
class Page:
    """What a list's template shows. `total` is None where the list has further pages: `count_url` answers later."""

    words: str
    placeholder: str
    rows: Sequence[Row]
    filters: Filters
    chips: list[Chip]
    heads: list[Head]
    options: list[Option]
    shows: dict[str, bool]
    state: str
    newer: str
    older: str
    total: str | None
    count_url: str
    fields_url: str
    unfiltered: str
    kept: list[tuple[str, str]]
    is_narrowed: bool


@dataclass(frozen=True)
class Beside:
    """The ids next to a row, the list's state for their addresses, and the state of the list page that has the row."""

    before: int | None
    behind: int | None
    state: str
    list_state: str


@dataclass(frozen=True)
class Listing:
    """`words` is what its rows are, in the plural; `placeholder` says what its search box searches.

    With `across` it can be read for all projects in which somebody has that right.
    """

    words: str
    filters: type[Filters]
    columns: tuple[Column, ...]
    sort: str
    placeholder: str = "Search"
    size: int = 50
    across: Capability | None = None

    def page(self, rows: Rows, query: QueryDict) -> Page:
        filters, order = self.filters(query, whole=False), self.order(query)
        found, more_before, more_after = self.place(narrow(rows, filters, order), order, query)
        chips, shown = list(filters.chips(query)), self.shown(query)
        return Page(
            words=self.words,
            placeholder=self.placeholder,
            rows=found,
            filters=filters,
            chips=chips,
            heads=[self.head(column, order, query) for column in self.columns if column.name in shown],
            options=[self.option(column, shown, query) for column in self.columns],
            shows=self.shows(query),
            state=address(query),
            newer=address(query, after=None, before=order.key(found[0])) if more_before else "",
            older=address(query, before=None, after=order.key(found[-1])) if more_after and found else "",
            total=None if more_before or more_after else f"{len(found):,}",
            count_url=address(query, count="1"),
            fields_url=address(query, filters="1"),
            unfiltered=self.unfiltered(query),
            kept=[(name, str(query[name])) for name in KEPT if query.get(name)],
            is_narrowed=bool(filters.chosen),
        )

    def unfiltered(self, query: QueryDict) -> str:
        return address(query, **dict.fromkeys([*self.filters.base_fields, "filters", "after", "before"]))

    def narrowed(self, rows: Rows, query: QueryDict) -> Rows:
        """The rows that the address asks for, in no order."""
        return narrow(rows, self.filters(query, whole=False), self.order(query))

    def place(self, rows: Rows, order: RowOrder, query: QueryDict) -> tuple[list[Row], bool, bool]:
        """One page of rows, and whether there are rows before and behind it."""
        if key := query.get("before"):
            found = self.read(rows, order.opposite, key)
            return found[: self.size][::-1], len(found) > self.size, True
        found = self.read(rows, order, query.get("after"))
        return found[: self.size], bool(query.get("after") and found), len(found) > self.size

    def read(self, rows: Rows, order: RowOrder, key: str | None) -> list[Row]:
        try:
            behind = rows.filter(order.after(key)) if key else rows
            return list(behind.order_by(*order.fields)[: self.size + 1])
        except (ValueError, ValidationError) as error:
            raise BadRequest(f"The address names no place in this list: {error}") from error

    def beside(self, rows: Rows, query: QueryDict, pk: int) -> "Beside":
        """The rows before and behind one of them, in the order that the address asks for."""
        order, alone = self.order(query), {"after": None, "before": None}
        here = {"id": pk} if order.column.sort == "id" else rows.filter(pk=pk).values("id", order.column.sort).first()
        if here is None or here[order.column.sort] is None:
            return Beside(None, None, address(query, **alone), address(query, **alone))
        narrowed = self.narrowed(rows, query).values("id", order.column.sort)
        ways = (order.opposite, order)
        before, behind = (narrowed.filter(way.after(way.key(here))).order_by(*way.fields).first() for way in ways)
        starts_here = address(query, before=None, after=order.key(before)) if before else address(query, **alone)
        came_from = address(query) if "after" in query or "before" in query else starts_here
        next_ids = [row["id"] if row else None for row in (before, behind)]
        return Beside(next_ids[0], next_ids[1], address(query, **alone), came_from)

    def order(self, query: QueryDict) -> RowOrder:
        asked = query.get("sort") or self.sort
        for column in self.columns:
            if column.sort and column.name == asked.removeprefix("-"):
                return RowOrder(column, asked.startswith("-"))
        names = ", ".join(column.name for column in self.columns if column.sort)
        raise BadRequest(f"sort={asked}: this list sorts by {names}, with a minus in front to turn it round.")

    def shown(self, query: QueryDict) -> list[str]:
        asked = query.get("columns", "").split(",")
        known = [column.name for column in self.columns if column.name in asked]
        return known or [column.name for column in self.columns if column.shown]

    def shows(self, query: QueryDict) -> dict[str, bool]:
        """Every column's name: a template that asks for one that is not there looks long for it."""
        shown = self.shown(query)
        not_across = {"project": False} if self.across else {}
        return not_across | {column.name: column.name in shown for column in self.columns}

    def head(self, column: Column, order: RowOrder, query: QueryDict) -> Head:
        if not column.sort:
            return Head(column, "", "none")
        is_here = column == order.column
        descends = not order.descending if is_here else column.number or column.sort == "id"
        url = address(query, sort=("-" if descends else "") + column.name, after=None, before=None)
        return Head(column, url, ("descending" if order.descending else "ascending") if is_here else "none")

    def option(self, column: Column, shown: list[str], query: QueryDict) -> Option:
        is_on = column.name in shown
        names = [c.name for c in self.columns if (c.name in shown) != (c == column)]
        return Option(column.title, is_on, address(query, columns=",".join(names)))


def narrow(rows: Rows, filters: Filters, order: RowOrder) -> Rows:
    column, rows = order.column, filters.narrow(rows)
    return rows.exclude(**{column.sort: None}) if column.sparse else rows


def counted(rows: Rows) -> str:
    """How many rows there are, in words: of many, what the planner expects."""
    expected = estimate(rows)
    if expected > COUNTED:
        return f"≈ {round(expected, 1 - len(str(expected)) + 1):,}"
    n = rows.order_by()[: COUNTED + 1].count()
    return f"{n:,}" if n <= COUNTED else f"over {COUNTED:,}"
