"""`manage.py import_data FORMAT FILE --collection SLUG`: a file, plain or gzipped, into a collection."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_slug

from annotation.interchange.formats import READ
from annotation.interchange.imports import Report, collection_named, import_file
from studio.projects.command import ProjectCommand
from studio.words import counted


class Command(ProjectCommand):
    help = (
        "Import a file into a collection: all of it or nothing. Only its judgments of pairs that were there before"
        " follow in small steps. The same file again adds what is missing and nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=READ)
        parser.add_argument("file", help="Plain or gzipped; - reads standard input.")
        parser.add_argument("--collection", required=True, help="Its slug; made if it is new.")
        parser.add_argument("--judge", default="", help="Names the judge, where the file does not.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen, and write nothing.")

    def handle(self, *, format: str, file: str, collection: str, dry_run: bool, judge: str, **options: Any) -> None:
        try:
            validate_slug(collection)
        except ValidationError as error:
            remedy = "use letters, digits, hyphens and underscores only, as in alpaca-eval."
            raise CommandError(f"--collection {collection}: this is no slug; {remedy}") from error
        try:
            with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
                name = "" if file == "-" else file
                target = collection_named(collection)
                report = import_file(stream, format, target, dry_run=dry_run, judge=judge, file=name)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.say(report)

    def say(self, report: Report) -> None:
        if report.n_faults:
            faults = "\n".join(map(str, report.faults))
            raise CommandError(f"Nothing was imported. {report.refusal}\n{faults}")
        for noun, named in report.tally.named.items():
            if named:
                added, known = report.tally.added[noun], report.tally.known[noun]
                self.stdout.write(f"{noun:>10}: {added:,} added, {known:,} already there")
        ended = "Nothing was written (dry run)" if report.dry_run else "Imported"
        self.stdout.write(f"{ended}: {counted(report.entries, 'record')} in {report.seconds:.2f} s")
