"""Measure models on a benchmark, or say whether one row of a leaderboard is better than another.

    manage.py benchmark alpaca_eval --collection alpaca-eval --judge alpaca_eval_gpt4 \\
        --models xwinlm-7b-v0.1 vicuna-13b --baseline text_davinci_003 --wait
    manage.py benchmark --compare 12 15
"""

import json
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.models import Author
from studio.projects.command import ProjectCommand
from training.evaluation.benchmarks import BENCHMARKS
from training.evaluation.figures import tables
from training.evaluation.leaderboards import exports
from training.evaluation.leaderboards.comparison import Incomparable, compare
from training.models import BenchmarkResult, Run
from training.runs import launching
from training.runs.forms import FormInvalid

LOOK_SECONDS = 0.5


class Command(ProjectCommand):
    help = (__doc__ or "").partition("\n")[0]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("benchmark", nargs="?", choices=sorted(BENCHMARKS))
        parser.add_argument("--collection", help="slug of the set of questions")
        parser.add_argument("--judge", help="of the library, or one with imported verdicts; by default the project's")
        parser.add_argument("--models", nargs="+", default=[], metavar="NAME", help="whom to measure")
        parser.add_argument("--baseline", metavar="NAME", help="whom they are compared with")
        parser.add_argument("--partial", action="store_true", help="measure also where responses are missing")
        parser.add_argument("--l1-c", type=float, metavar="C", help="pins C of the length control")
        parser.add_argument("--budget", type=float, help="US dollars at most; 0 is no limit; by default the project's")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--wait", action="store_true", help="follow it to its end and print the rows")
        parser.add_argument("--compare", nargs=2, type=int, metavar=("A", "B"), help="ids of two rows: is B better?")
        parser.add_argument("--json", action="store_true", help="the rows as JSON, with --wait")

    def handle(self, *args: str, compare: list[int] | None, benchmark: str | None, **options: Any) -> None:
        if compare:
            self.say_which(*compare)
        elif benchmark:
            self.measure(benchmark, options)
        else:
            raise CommandError(f"Name a benchmark ({', '.join(sorted(BENCHMARKS))}), or two rows with --compare.")

    def say_which(self, a: int, b: int) -> None:
        try:
            found = compare(*(BenchmarkResult.objects.select_related("collection").get(pk=pk) for pk in (a, b)))
        except (Incomparable, BenchmarkResult.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(found.sentence)
        if found.at_equal_length is not None:
            self.stdout.write(f"At equal length {found.b.name} would win {found.at_equal_length:.2f} % of the time.")

    def measure(self, benchmark: str, options: dict[str, Any]) -> None:
        settings = {name: options[name] for name in ("collection", "judge", "partial", "l1_c", "budget", "seed")}
        settings |= {"benchmark": benchmark, "authors": [pk_of(name) for name in options["models"]]}
        settings["baseline"] = pk_of(options["baseline"]) if options["baseline"] else None
        try:
            run = launching.launch("benchmark", {k: v for k, v in settings.items() if v not in (None, [])})
        except FormInvalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}: {run.name}. It waits for the workers of `make run`.", self.style.NOTICE)
        if options["wait"]:
            self.follow(run, options["json"])

    def follow(self, run: Run, as_json: bool) -> None:
        """The workers do the work; whoever stops this command stops only the watching."""
        while run.is_open:
            time.sleep(LOOK_SECONDS)
            run.refresh_from_db()
        if run.state != Run.State.SUCCEEDED:
            raise CommandError(f"It {run.state}. {run.error}")
        rows = exports.leaderboard(BenchmarkResult.objects.filter(run=run))
        self.stdout.write(
            json.dumps(rows, indent=2) if as_json else tables.text({row.pop("name"): row for row in rows})
        )


def pk_of(name: str) -> int:
    author = Author.objects.filter(kind=Author.Kind.MODEL, name=name).first()
    if author is None:
        raise CommandError(f"There is no model called {name!r}. Import its outputs, or sample it.")
    return author.pk
