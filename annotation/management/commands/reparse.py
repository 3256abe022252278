"""`manage.py reparse JUDGE`: stored answers of a judge read again, after its parser was mended. It costs nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from annotation.judges.config.registry import JudgeInvalid
from annotation.judges.runs import repairs
from annotation.models import Author
from studio.projects.command import ProjectCommand
from studio.words import counted


class Command(ProjectCommand):
    help = "Read every stored answer of JUDGE again (a name in the library, or of one version) and judge anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("judge")

    def handle(self, *, judge: str, **options: Any) -> None:
        judges = Author.objects.filter(kind=Author.Kind.JUDGE)
        found = list(judges.filter(name=judge) or judges.filter(details__judge=judge).order_by("pk"))
        if not found:
            known = ", ".join(judges.order_by("name").values_list("name", flat=True)) or "none"
            raise CommandError(f"No judge {judge!r} has judged here. Those that have: {known}.")
        for author in found:
            try:
                read = repairs.reparse(author)
            except JudgeInvalid as error:
                raise CommandError(str(error)) from error
            self.stdout.write(
                f"{author}: {counted(read.answers, 'answer')} read, {read.changed:,} of them otherwise than before;"
                f" the verdict on {counted(read.verdicts, 'pair')} changed."
            )
