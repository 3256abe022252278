"""Dataset versions: a query's rows frozen, hashed, never changed, and written out for the machines.

The digest is the SHA-256 of the records' canonical JSON lines in order, so `sha256sum` of what `write` makes of a
whole version gives it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Max

from annotation.datasets import definitions, judge_thresholds, selection
from annotation.datasets.contents import contents
from annotation.datasets.definitions import Definition, DefinitionInvalid, Preferences
from annotation.datasets.selection import Row
from annotation.datasets.split import split_of
from annotation.demo import DEMO_COLLECTIONS
from annotation.interchange.json_output import line
from annotation.models import Version, VersionItem
from annotation.models.prompts import digest
from studio.accounts.models import User
from studio.database.bounds import FREEZING, Overdue, afresh
from studio.database.copy import copy
from studio.database.statistics import MANY, analyse_now
from studio.database.turns import Occupied, in_turn

CHUNK = 2_000
# Seconds for which a version waits for another of its name; its own work has the bound FREEZING, and begins then.
WAITS = 300
HELD = "SELECT slug, project_id FROM annotation_collection WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
COLUMNS = ("version_id", "position", "split", "prompt_id", "pair_id", "record")


def freeze(name: str, kind: str, definition: dict[str, Any], by: User | None = None, notes: str = "") -> Version:
    """The rows that `definition` asks for, as the next version of `name`. Raises DefinitionInvalid.

    `definition` has the fields of its kind in `annotation.datasets.definitions`.
    """
    asked = definitions.read(kind, definition)
    stood = judge_thresholds.standings(asked, anew=True) if isinstance(asked, Preferences) else []

    def kept() -> Version:
        version = Version(name=name, kind=kind, definition=msgspec.to_builtins(asked), created_by=by, notes=notes)
        return keep(version, asked, selection.rows(asked), judge_thresholds.noted(stood))

    try:
        with one_at_a_time(name):
            return afresh(kept, FREEZING)
    except Overdue as error:
        raise DefinitionInvalid("definition", str(error)) from error
    except DefinitionInvalid as error:
        why = " ".join([error.message, *judge_thresholds.in_words(stood)])
        raise DefinitionInvalid(error.field, why) from error


def freeze_rows(
    name: str,
    kind: str,
    rows: Iterable[dict[str, Any]],
    definition: dict[str, Any],
    by: User | None = None,
    notes: str = "",
) -> Version:
    """Records that a machine made, as the next version of `name`. Raises DefinitionInvalid.

    `definition` says freely where they come from; its `test_share` and `seed` split those without a `split`.
    """
    split = definitions.read("prompts", {key: definition[key] for key in ("test_share", "seed") if key in definition})
    version = Version(name=name, kind=kind, definition=definition, created_by=by, notes=notes)
    with one_at_a_time(name):
        return keep(version, split, (made(row) for row in rows))


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """A transaction in which nobody else numbers a version of this name. Raises DefinitionInvalid."""
    says = f"Another version of {name} is being frozen for {WAITS} seconds by now. Try again after it."
    try:
        with in_turn(f"annotation.version {name}", says=says, seconds=WAITS):
            yield
    except Occupied as error:
        raise DefinitionInvalid("name", str(error)) from error


def made(row: dict[str, Any]) -> Row:
    return Row(row, row["prompt_id"], digest(row["prompt"]), row.get("pair_id"))


def keep(version: Version, asked: Definition, rows: Iterator[Row], noted: dict[str, Any] | None = None) -> Version:
    """Number the version and store its items, one at a time of its name; `noted` goes with its counts."""
    version.number = 1 + (Version.objects.filter(name=version.name).aggregate(last=Max("number"))["last"] or 0)
    version.save()
    items = Items(version, asked)
    while chunk := list(islice(rows, CHUNK)):
        items.add(chunk)
    if not items.position:
        raise DefinitionInvalid("definition", f"It gives no record. Left out: {dict(items.left_out) or 'nothing'}.")
    version.digest = items.sha256.hexdigest()
    refuse_moved(version)
    version.counts = items.counts | marks(version) | (noted or {})
    if items.position >= MANY:
        analyse_now(VersionItem)
    version.holds = contents(version)
    version.save(update_fields=["digest", "counts", "holds"])
    return version


def refuse_moved(version: Version) -> None:
    """What it holds is here until it is there. Raises DefinitionInvalid where a collection went to another project.

    A move holds its collection to its end: whoever asks here waits for it. One that comes later finds the version.
    """
    ids = version.items.order_by().values("prompt__collection").distinct()
    with connection.cursor() as cursor:
        cursor.execute(HELD, [list(ids.values_list("prompt__collection", flat=True))])
        elsewhere = [slug for slug, project in cursor.fetchall() if project != version.project_id]
    if elsewhere:
        says = f"{', '.join(sorted(elsewhere))} went to another project meanwhile. Freeze again without it."
        raise DefinitionInvalid("collections", says)


def marks(version: Version) -> dict[str, int]:
    """What people are warned of: the last version's number, where its content is the same, and items of the demo."""
    before = Version.objects.filter(name=version.name, number__lt=version.number).order_by("-number").first()
    same = {"same_as": before.number} if before and before.digest == version.digest else {}
    demo = version.items.filter(prompt__collection__slug__in=DEMO_COLLECTIONS).count()
    return same | ({"demo": demo} if demo else {})


def frozen(row: Row, asked: Definition) -> dict[str, Any]:
    """The record as it lies in a version: with the split that it has already, or falls to."""
    return row.record | {"split": row.record.get("split") or split_of(row.digest, asked.test_share, asked.seed)}


class Items:
    """The items of a version that is being made."""

    def __init__(self, version: Version, asked: Definition) -> None:
        self.version, self.asked = version, asked
        self.position = 0
        self.sha256 = hashlib.sha256()
        self.splits: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.inconsistent = 0
        self.prompts: set[int] = set()

    @property
    def counts(self) -> dict[str, Any]:
        splits = {"train": self.splits["train"], "test": self.splits["test"]}
        made = {"items": self.position, **splits, "prompts": len(self.prompts), "left_out": dict(self.left_out)}
        return made | ({"inconsistent": self.inconsistent} if self.inconsistent else {})

    def add(self, rows: list[Row]) -> None:
        self.left_out.update(row.left_out for row in rows if row.left_out)
        with connection.cursor() as cursor:
            items = [self.item(row) for row in rows if not row.left_out]
            copy(cursor, VersionItem._meta.db_table, items, COLUMNS)

    def item(self, row: Row) -> tuple[Any, ...]:
        record = frozen(row, self.asked)
        split = record["split"]
        self.sha256.update(line(record))
        self.splits[split] += 1
        self.prompts.add(row.prompt_id)
        self.inconsistent += row.inconsistent
        self.position += 1
        return self.version.pk, self.position, split, row.prompt_id, row.pair_id, record


def records(version: Version, split: str | None = None) -> Iterator[dict[str, Any]]:
    """The records in order, read by keyset: no transaction, no cursor is held open between chunks."""
    items = version.items.filter(split=split) if split else version.items.all()
    last = 0
    placed = items.order_by("position").values_list("position", "record")
    while chunk := list(placed.filter(position__gt=last)[:CHUNK]):
        yield from (record for _, record in chunk)
        last = chunk[-1][0]


def write(version: Version, path: Path, split: str | None = None) -> str:
    """The records as JSON lines into a file, which is whole or absent; gives its SHA-256."""
    sha256, unfinished = hashlib.sha256(), path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        for record in records(version, split):
            written = line(record)
            sha256.update(written)
            file.write(written)
    unfinished.replace(path)
    return sha256.hexdigest()
