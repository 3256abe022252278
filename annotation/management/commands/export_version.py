"""`manage.py export_version NAME FILE --format trl_preference --as parquet`: a version as a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from annotation.interchange.exports import CONTAINERS, ExportRefused, export_version, n_rows
from annotation.interchange.formats import WRITTEN
from annotation.models import Version
from annotation.review.flagging import held_items
from studio.projects.command import ProjectCommand
from studio.words import counted


class Command(ProjectCommand):
    help = "Write a version to a file, which is whole or absent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("file", type=Path)
        parser.add_argument("--number", type=int, help="The latest if not given.")
        parser.add_argument("--format", choices=WRITTEN, default="records")
        parser.add_argument("--as", dest="container", choices=CONTAINERS, default="jsonl")
        parser.add_argument("--split", choices=["train", "test"])

    def handle(self, *, name: str, file: Path, number: int | None, split: str | None, **options: Any) -> None:
        found = Version.objects.filter(name=name, **({"number": number} if number else {}))
        version = found.order_by("number").last()
        if version is None:
            raise CommandError(f"There is no version {number or ''} of {name!r}.")
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            blocks = export_version(version, options["format"], options["container"], split)
        except ExportRefused as error:
            raise CommandError(str(error)) from error
        with unfinished.open("wb") as sink:
            sink.writelines(blocks)
        unfinished.replace(file)
        self.stdout.write(f"{version}: {counted(n_rows(version, split), 'row')} in {file}")
        if flagged := held_items(version):
            self.stderr.write(
                f"{counted(flagged, 'item')} of {version} were flagged since. Freeze the next to leave them out."
            )
