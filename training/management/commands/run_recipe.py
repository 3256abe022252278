"""Start a recipe. With --wait: follow it to its end and print what came of it."""

import time
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from annotation.datasets.shares import readable
from annotation.models import Version
from studio.database.retry import patiently
from studio.projects.command import ProjectCommand
from studio.words import counted
from training.models import Run
from training.recipes import RECIPES, built, files, orchestration, report
from training.recipes.files import FileInvalid
from training.recipes.rehearsals import starting
from training.recipes.rehearsals.cost import cost_for
from training.runs import launching
from training.runs.forms import FormInvalid

LOOK_SECONDS = 1.0


class Command(ProjectCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipe", help=f"{', '.join(sorted(RECIPES))}, or a recipe's file (.yaml, .json)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--scale", default="", help="the recipe's first where none is named")
        parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="such as rounds=2")
        parser.add_argument(
            "--given",
            action="append",
            default=[],
            metavar="NEED=VALUE",
            help="a checkpoint or a judge by its name, such as base=llama-7b",
        )
        parser.add_argument(
            "--input", action="append", default=[], metavar="NEED=VERSION", help='such as prompts="lessons v2"'
        )
        parser.add_argument("--priority", choices=Run.Priority.values, default="", help="of its stages")
        parser.add_argument("--write", action="store_true", help="print the recipe as a file and start nothing")
        parser.add_argument(
            "--rehearse", action="store_true", help="a few rows through every stage; nothing of it is kept"
        )
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def handle(
        self,
        *args: str,
        recipe: str,
        input: list[str],
        priority: str,
        write: bool,
        rehearse: bool,
        wait: bool,
        **options: Any,
    ) -> None:
        inputs = {need: version_called(name) for need, name in map(pair, input)}
        try:
            settings = self.settings(recipe, **options)
            if write:
                self.stdout.write(files.written(built(settings, launching.rows_of(inputs))))
                return
            if rehearse:
                self.stdout.write(cost_for(settings, inputs).words)
            run = (starting.rehearse if rehearse else orchestration.start)(settings, inputs=inputs, priority=priority)
        except (FormInvalid, FileInvalid) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}: {run.name}. It waits for the workers of `make run`.")
        if wait:
            (self.rehearsed if rehearse else self.follow)(run)

    def settings(
        self, recipe: str, seed: int, scale: str, option: list[str], given: list[str], **_: Any
    ) -> dict[str, Any]:
        """Raises FileInvalid, CommandError."""
        told = {"given": dict(map(pair, given))}
        if not recipe.endswith((".yaml", ".yml", ".json")):
            return told | {"recipe": recipe, "scale": scale, "seed": seed, "options": dict(map(pair, option))}
        try:
            text = Path(recipe).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{recipe} cannot be read: {error}") from error
        return told | {"file": msgspec.to_builtins(files.read(text))}

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

    def rehearsed(self, run: Run) -> None:
        """A line for each stage that was gone through, until the first that would fail."""
        told = 0
        while told < len(run.result.get("stages", [])) or run.is_open:
            for row in run.result.get("stages", [])[told:]:
                came = row.get("error") or row.get("skipped") or "well"
                self.stdout.write(f"{row['stage']}: {came} ({row['took']:.0f} s)")
                told += 1
            time.sleep(LOOK_SECONDS if run.is_open else 0)
            patiently(run.refresh_from_db)
        if run.state != Run.State.SUCCEEDED:
            raise CommandError(f"It {run.state}. {run.error}")
        self.stdout.write(f"It took {run.duration}.")

    def left(self, run: Run) -> str:
        if run.eta_seconds is None:
            return ""
        return f"  ({run.done} of {counted(run.total, 'stage')}; about {run.eta_seconds:.0f} s left)"


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise CommandError(f"{text}: write NAME=VALUE.")
    return name, value


def version_called(name: str) -> Version:
    """By id, or as it is called: `lessons v2`. Raises CommandError."""
    called, _, number = name.rpartition(" v")
    by_name = Q(name=called, number=int(number)) if number.isdecimal() else Q(pk=None)
    found = readable().filter(Q(pk=int(name)) if name.isdecimal() else by_name).first()
    if found is None:
        raise CommandError(f"There is no version {name!r} here. Write its id, or its name as in 'lessons v2'.")
    return found
