"""What a rehearsal reads: the longest rows of what is given, and some others, as files in its folder."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Length

from annotation.datasets.selection import follow_ups, in_category
from annotation.models import Prompt, Version, VersionItem

# Of the rows that are learnt or asked so many; half of them are the longest that there are.
ROWS = 8
# And so many of those that are held out.
HELD_OUT = 2
Record = dict[str, Any]


def of_version(version: Version, rows: int = ROWS, longest_only: bool = False) -> list[Record]:
    """The longest of both splits, each in its place of the version; some of the others unless `longest_only`."""
    learnt = version.items.exclude(split="test")
    chosen = set(longest(learnt, rows if longest_only else rows // 2))
    others = sorted(set(learnt.order_by("position").values_list("pk", flat=True)[:1000]) - chosen)
    chosen |= set(random.Random(0).sample(others, min(rows - len(chosen), len(others))))
    chosen |= set(longest(version.items.filter(split="test"), HELD_OUT))
    return list(VersionItem.objects.filter(pk__in=chosen).order_by("position").values_list("record", flat=True))


def longest(items: QuerySet[VersionItem], count: int) -> list[int]:
    sized = items.annotate(size=Length(Cast("record", TextField())))
    return list(sized.order_by("-size", "position").values_list("pk", flat=True)[:count])


def of_collection(slug: str) -> list[Record]:
    """The longest prompts of a collection."""
    sized = Prompt.objects.filter(collection__slug=slug).annotate(size=Length(Cast("messages", TextField())))
    found = sized.order_by("-size", "pk").values_list("pk", "messages", "category", "metadata__turns")[:ROWS]
    return [
        {"prompt_id": pk, "prompt": messages} | in_category(category) | follow_ups(asked)
        for pk, messages, category, asked in found
    ]


def write(path: Path, records: Iterable[Record], least: int = 0) -> None:
    """As a file of lines; those that are learnt again from the start until there are `least` of them."""
    kept = list(records)
    learnt = [record for record in kept if record.get("split") != "test"]
    while learnt and least > len(kept):
        kept += learnt[: least - len(kept)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in kept))
