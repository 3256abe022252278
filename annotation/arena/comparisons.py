"""Judgments between two authors as comparisons: which of them count, read as arrays in one statement."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import F, FloatField, QuerySet
from django.db.models.functions import Cast, Extract
from numpy.typing import NDArray

from annotation.models import Author, Collection, Judgment, win_share
from annotation.statistics.intervals import Floats
from annotation.statistics.style_features import Style

Ints = NDArray[np.int64]
# A column's type in PostgreSQL, and how NumPy reads what its `…send` function writes: no object is made for a row.
COLUMNS = {"at": ("float8", ">f8"), "judged_by": ("int8", ">i8"), "one": ("int8", ">i8"), "other": ("int8", ">i8")}
COLUMNS |= {"share": ("float8", ">f8")}
STYLED = {f"{side}_text": ("int8", ">i8") for side in ("one", "other")}
STYLED |= {f"{side}_{feature}": ("int4", ">i4") for feature in Style._fields for side in ("one", "other")}
DAY = 86_400


@dataclass(frozen=True)
class ComparisonFilters:
    """Which judgments count; nothing given, all current valid ones between two authors.

    `kind` is whose: person or judge; `judge` is one of either. `cap` is how many a person may give on one day: the
    first ones count. `blind` leaves out those that are known to have been given with the names in sight.
    """

    collection: Collection | None = None
    kind: str = ""
    judge: Author | None = None
    since: date | None = None
    until: date | None = None
    category: str = ""
    language: str = ""
    cap: int | None = None
    blind: bool = False

    def judgments(self) -> QuerySet[Judgment]:

        found = Judgment.objects.filter(superseded_at=None, state=Judgment.State.VALID)
        wanted: dict[str, Any] = {
            "pair__collection": self.collection,
            "author__kind": self.kind,
            "author": self.judge,
            "created_at__date__gte": self.since,
            "created_at__date__lte": self.until,
            "pair__prompt__category": self.category,
            "pair__prompt__metadata__language": self.language,
        }
        found = found.filter(**{name: value for name, value in wanted.items() if value})
        return found.exclude(details__contains={"blind": False}) if self.blind else found


@dataclass(frozen=True)
class Comparisons:
    """In the order in which they were judged. `sides` (n, 2) are places in `authors`, which are ids.

    `judged_by` (n) are the ids of the people and judges.

    An outcome is the share that the left author won: 1, 0, ½ for a tie, or what a finer judge said.
    """

    authors: list[int]
    sides: Ints
    outcomes: Floats
    judged_by: Ints
    texts: Ints
    styles: Ints

    @property
    def n(self) -> int:
        return len(self.outcomes)

    def of(self, chosen: NDArray[np.bool_]) -> "Comparisons":
        """Some of them."""
        return Comparisons(
            self.authors,
            self.sides[chosen],
            self.outcomes[chosen],
            self.judged_by[chosen],
            self.texts[chosen],
            self.styles[chosen],
        )


def compared(question: ComparisonFilters, *, styled: bool = False) -> Comparisons:
    """With `styled`, each side's text (n, 2), and its style (n, 2, 4): −1 where it was not measured yet."""
    table = columns(question.judgments(), styled)
    order = np.argsort(table["at"], kind="stable")
    order = order[(table["one"] != table["other"])[order]]
    if question.cap:
        order = order[capped(table, order, question.cap)]
    authors, places = np.unique(np.stack([table["one"], table["other"]], axis=1)[order], return_inverse=True)
    known = [table[name][order] for name in STYLED] if styled else []
    by_text = np.array(known, dtype=np.int64).reshape(len(known) // 2, 2, len(order))
    return Comparisons(
        authors=authors.tolist(),
        sides=places.reshape(-1, 2),
        outcomes=table["share"][order].astype(float),
        judged_by=table["judged_by"][order].astype(np.int64),
        texts=by_text[0].T if styled else np.zeros((len(order), 0), dtype=np.int64),
        styles=by_text[1:].transpose(2, 1, 0),
    )


def columns(judgments: QuerySet[Judgment], styled: bool) -> dict[str, NDArray[Any]]:
    """Each column of the comparisons as an array, gathered by PostgreSQL."""
    at = Cast(Extract("created_at", "epoch"), FloatField())
    wanted: list[Any] = [
        at,
        F("author_id"),
        F("pair__left__author_id"),
        F("pair__right__author_id"),
        win_share.OF_LEFT,
    ]
    kinds = COLUMNS
    if styled:
        kinds = COLUMNS | STYLED
        wanted += [F("pair__left_id"), F("pair__right_id")]
        wanted += [F(f"pair__{side}__style__{name}") for name in Style._fields for side in ("left", "right")]
    sql, params = judgments.order_by().values_list(*wanted).query.sql_with_params()
    sent = ", ".join(f"string_agg({kind}send(coalesce({name}, -1)::{kind}), '')" for name, (kind, _) in kinds.items())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sent} FROM ({sql}) AS comparisons({', '.join(kinds)})", params)
        row = cursor.fetchone()
    return {
        name: np.frombuffer(part or b"", dtype) for (name, (_, dtype)), part in zip(kinds.items(), row, strict=True)
    }


def capped(table: dict[str, NDArray[Any]], order: Ints, cap: int) -> NDArray[np.bool_]:
    """Which of the comparisons in `order` are among the first `cap` of a person's day; all of a judge's."""
    judged_by = table["judged_by"][order].astype(np.int64)
    people = Author.objects.filter(pk__in=np.unique(judged_by).tolist(), kind=Author.Kind.PERSON)
    days = (table["at"][order] // DAY).astype(np.int64)
    by_day = np.lexsort((np.arange(len(order)), days, judged_by))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(judged_by[by_day]) != 0) | (np.diff(days[by_day]) != 0)
    numbers = np.arange(len(order))
    rank = np.empty(len(order), dtype=np.int64)
    rank[by_day] = numbers - np.maximum.accumulate(np.where(is_first, numbers, 0))
    is_person = np.isin(judged_by, list(people.values_list("pk", flat=True)))
    return np.asarray(~is_person | (rank < cap))
