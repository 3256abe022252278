"""What AlpacaEval's length control needs for a collection: difficulty, or the gamed baselines' comparisons."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.models import Collection
from studio.projects.command import ProjectCommand
from studio.words import counted
from training.evaluation import NoFigure
from training.evaluation.benchmarks import length
from training.evaluation.figures.records import BadRecord


class Command(ProjectCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=f"CSV. {length.DIFFICULTY}. With --gamed: {length.GAMED}.")
        parser.add_argument("--collection", required=True, help="its slug")
        parser.add_argument("--gamed", action="store_true", help="the verbose and concise baselines' comparisons")

    def handle(self, *args: str, file: Path, collection: str, gamed: bool, **options: Any) -> None:
        try:
            found = Collection.objects.get(slug=collection)
            self.stdout.write(self.gamed(found, file) if gamed else self.difficulty(found, file))
        except (BadRecord, NoFigure, Collection.DoesNotExist) as error:
            raise CommandError(str(error)) from error

    def difficulty(self, collection: Collection, file: Path) -> str:
        matched = length.import_difficulty(collection, file)
        strange = f" Rows of no question here: {matched.strange:,}." if matched.strange else ""
        return f"Difficulty is known for {matched.known} of {counted(matched.questions, 'question')}.{strange}"

    def gamed(self, collection: Collection, file: Path) -> str:
        return f"{counted(length.import_gamed(collection, file), 'comparison')} of the verbose and concise baselines."
