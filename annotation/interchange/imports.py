"""A file into a collection: all of it or nothing, and the same file twice adds nothing.

A studio that dies at the very end may lack some of the file's judgments, of pairs that it had before the file: those
are written last, in short transactions, so that nobody who judges them waits for the file. The same file adds them.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from django.db import DataError, transaction
from msgspec.structs import replace

from annotation.interchange.entries import LONGEST_NAME, Entry, Fault
from annotation.interchange.formats import READ
from annotation.interchange.json_input import Readable, Unreadable
from annotation.interchange.numbered_files import Questions
from annotation.interchange.staging import Staging, Tally
from annotation.models import Author, Collection, Import, JudgeCall, Judgment, Pair, Prompt, Response, Score
from studio.accounts.models import User
from studio.database.bounds import Overdue
from studio.database.statistics import MANY, analyse
from studio.words import counted

# Memory grows with the chunk, by some 20 KB per pair.
CHUNK = 5_000
# Characters: the longest texts take PostgreSQL a millisecond for each thousand, and a statement has its bound.
LONG_CHUNK = 20_000_000
FILLED = (Author, Prompt, Response, Pair, Judgment, JudgeCall, Score)
FAULTS_SHOWN = 50
LONGEST_FILE = 200


@dataclass
class Report:
    """What an import did, or would do."""

    entries: int = 0
    tally: Tally = field(default_factory=Tally)
    faults: list[Fault] = field(default_factory=list)
    n_faults: int = 0
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def imported(self) -> bool:
        return not (self.n_faults or self.dry_run)

    @property
    def refusal(self) -> str:
        """How many faults there are, and whether `faults` are all of them."""
        first = f"; these are the first {len(self.faults)}" if len(self.faults) < self.n_faults else ""
        return f"The file has {counted(self.n_faults, 'fault')}{first}."

    def refuse(self, fault: Fault) -> None:
        self.n_faults += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(fault)


def import_file(
    stream: Readable,
    format: str,
    collection: Collection,
    *,
    dry_run: bool = False,
    judge: str = "",
    file: str = "",
    by: User | None = None,
) -> Report:
    """Read a stream in one of `formats.READ` (KeyError for another) into a collection, which is saved if it is new.

    With a fault anywhere nothing is written, and the report names the first of them by line, field and remedy.
    `judge` names the judge of the file's verdicts, where the file does not or names it otherwise. What was imported is
    on record with the name of the `file` and who imported it.
    """
    reading = READ[format]
    known = [Questions(collection)] if reading.refers else []
    parsed = reading.parse(stream, *known)
    report = import_entries(by_judge(parsed, judge) if judge else parsed, collection, dry_run=dry_run)
    if report.imported:
        record(report, collection, format, file, by)
    return report


def record(report: Report, collection: Collection, format: str, file: str, by: User | None) -> Import:
    return Import.objects.create(
        collection=saved(collection),
        format=format,
        file=file.rpartition("/")[2][:LONGEST_FILE].replace("\0", ""),
        entries=report.entries,
        added=report.tally.added,
        known=report.tally.known,
        by=by,
    )


def by_judge(parsed: Iterable[Entry | Fault], judge: str) -> Iterator[Entry | Fault]:
    """The same, with every judge's verdict given to the one of this name."""
    if len(judge) > LONGEST_NAME:
        yield Fault(0, "judge", f"It has {len(judge)} characters; {LONGEST_NAME} fit.", "Write a shorter name.")
        return
    for item in parsed:
        if isinstance(item, Entry):
            verdicts = [replace(one, author=judge) if one.kind == "judge" else one for one in item.judgments]
            item = replace(item, judgments=verdicts)
        yield item


def import_entries(parsed: Iterable[Entry | Fault], collection: Collection, *, dry_run: bool = False) -> Report:
    """Entries from anywhere, as `import_file` takes those of a file."""
    report, began = Report(dry_run=dry_run), time.monotonic()
    try:
        store(parsed, collection, report)
    except Overdue as error:
        report.refuse(Fault(0, "file", str(error), "Cut the file into smaller ones."))
    except DataError as error:
        problem = f"The database refuses a value: {str(error).splitlines()[0]}."
        report.refuse(Fault(0, "file", problem, "Find the value that is too long or too large, and leave it out."))
    if report.imported and sum(report.tally.added.values()) >= MANY:
        analyse(*FILLED, whole=True)
    report.seconds = time.monotonic() - began
    return report


def store(parsed: Iterable[Entry | Fault], collection: Collection, report: Report) -> None:
    """All of it; nothing where the report names a fault, or is of a dry run. Raises Overdue."""
    with transaction.atomic():
        staging = Staging(saved(collection))
        if not Collection.objects.filter(pk=staging.collection.pk).exists():
            problem = f"{collection.slug} was moved to another project while this file waited."
            report.refuse(Fault(0, "collection", problem, "Import the file there."))
        report.tally = staging.tally
        for chunk in chunks(parsed, report):
            # After a fault the rest is read for its faults only.
            if not report.n_faults:
                staging.add(chunk)
        if report.dry_run and not report.n_faults:
            staging.finish(keep=False)
        transaction.set_rollback(not report.imported)
    if report.imported:
        with closing(staging):
            staging.finish(keep=True)


def collection_named(slug: str, by: int | None = None) -> Collection:
    """The collection of that slug, or a new one by a user (an id) that is not saved yet."""
    name = slug.replace("-", " ").replace("_", " ").capitalize()
    return Collection.objects.filter(slug=slug).first() or Collection(slug=slug, name=name, created_by_id=by)


def saved(collection: Collection) -> Collection:
    if collection.pk is not None:
        return collection
    asked = {"name": collection.name, "created_by_id": collection.created_by_id}
    return Collection.objects.get_or_create(slug=collection.slug, defaults=asked)[0]


def chunks(parsed: Iterable[Entry | Fault], report: Report) -> Iterator[list[Entry]]:
    """The entries in chunks; faults, and the end of what can be read, go to the report."""
    chunk: list[Entry] = []
    length = 0
    try:
        for item in parsed:
            if isinstance(item, Fault):
                report.refuse(item)
                continue
            report.entries += 1
            chunk.append(item)
            length += sum(len(answer.text) for answer in item.responses) + sum(
                len(turn.content) for turn in item.prompt
            )
            if len(chunk) == CHUNK or length > LONG_CHUNK:
                yield chunk
                chunk, length = [], 0
    except Unreadable as error:
        report.refuse(error.fault)
    yield chunk
