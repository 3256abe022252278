"""What a frozen version is made of: whose prompts, how long, how sure. Counted when it is frozen, like its records."""

from typing import Any, NamedTuple

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, F, FloatField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Length, Round

from annotation.models import Pair, Version
from annotation.review.agreement import PairAgreement, agreements

PERCENTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
# The fields of a record that hold text, by kind of version.
TEXTS = {
    Version.Kind.PROMPTS: (),
    Version.Kind.DEMONSTRATIONS: ("response",),
    Version.Kind.PREFERENCES: ("chosen", "rejected"),
    Version.Kind.RESPONSES: ("response",),
}
PARTS = 12


class Composition(NamedTuple):
    """Lengths in the order of `PERCENTILES`; `[{name, n}]` of each part; agreement where a pair has two votes."""

    lengths: dict[str, list[float]]
    margins: list[dict[str, Any]]
    collections: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    agreements: list[PairAgreement]


def composition(version: Version) -> Composition:
    """As it was kept with the version; of one that was frozen before that was done, counted now and kept."""
    if version.composition is None:
        version.composition = msgspec.to_builtins(counted(version))
        version.save(update_fields=["composition"])
    return msgspec.convert(version.composition, Composition)


def counted(version: Version) -> Composition:
    is_preference = version.kind == Version.Kind.PREFERENCES
    agreed = agreements(Pair.objects.filter(version_items__version=version)) if is_preference else []
    return Composition(
        lengths={name: row for name, row in lengths(version).items() if row},
        margins=margins(version),
        collections=parts(version, "collection__name"),
        categories=parts(version, "category"),
        agreements=[agreement for agreement in agreed if agreement.tally.compared],
    )


class Percentiles(Aggregate):
    """`PERCENTILES` of an expression, as a list."""

    function = "percentile_cont"
    template = "%(function)s(ARRAY[0.05, 0.25, 0.5, 0.75, 0.95]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


def lengths(version: Version) -> dict[str, list[float]]:
    """Percentiles of the length in characters of each text of the records."""
    texts = {name: Percentiles(Length(KeyTextTransform(name, "record"))) for name in TEXTS[Version.Kind(version.kind)]}
    return version.items.aggregate(**texts) if texts else {}


def parts(version: Version, field: str) -> list[Any]:
    """Items by a field of their prompt, such as `collection__name`: `[{name, n}]`, the largest parts first."""
    named = version.items.order_by().values(name=F(f"prompt__{field}"))
    return list(named.annotate(n=Count("pk")).order_by("-n", "name")[:PARTS])


def margins(version: Version) -> list[Any]:
    """Preferences by margin, rounded to halves: `[{margin, n}]` from the closest to the clearest."""
    if version.kind != Version.Kind.PREFERENCES:
        return []
    halves = Round(Cast(KeyTextTransform("margin", "record"), FloatField()) * 2) / 2
    return list(version.items.order_by().values(margin=halves).annotate(n=Count("pk")).order_by("margin"))
