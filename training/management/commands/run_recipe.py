"""Start a recipe. With --wait: follow it to its end and print what came of it."""

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from studio.database.retry import patiently
from studio.projects.command import ProjectCommand
from studio.words import counted
from training.models import Run
from training.recipes import RECIPES, orchestration, report
from training.runs.forms import FormInvalid

LOOK_SECONDS = 1.0


class Command(ProjectCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipe", choices=sorted(RECIPES))
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--scale", default="", help="the recipe's first where none is named")
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def handle(self, *args: str, recipe: str, seed: int, scale: str, wait: bool, **options: Any) -> None:
        try:
            run = orchestration.start(recipe, scale=scale, seed=seed)
        except FormInvalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}: {run.name}. It waits for the workers of `make run`.")
        if wait:
            self.follow(run)

    def follow(self, run: Run) -> None:
        """The workers do the work; whoever stops this command stops only the watching."""
        told: dict[str, str] = {}
        while run.is_open:
            time.sleep(LOOK_SECONDS)
            patiently(run.refresh_from_db)
            for line in patiently(lambda: list(report.news(run, told))):
                self.stdout.write(f"{time.strftime('%H:%M:%S')}  {line}{self.left(run)}")
        self.stdout.write("")
        self.stdout.write(report.table(run))
        for line in report.rewards(run):
            self.stdout.write(line)
        if run.state != Run.State.SUCCEEDED:
            raise CommandError(f"It {run.state}. {run.error}")
        self.stdout.write(f"It took {run.duration}.")

    def left(self, run: Run) -> str:
        if run.eta_seconds is None:
            return ""
        return f"  ({run.done} of {counted(run.total, 'stage')}; about {run.eta_seconds:.0f} s left)"
