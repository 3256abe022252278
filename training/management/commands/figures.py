"""Published figures from files. Needs no database, no Redis and no studio running."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from training.evaluation import NoFigure
from training.evaluation.figures import alpaca_eval, arena, llmbar, mt_bench, tables, vicuna_bench, votes
from training.evaluation.figures.length_control import GamedRow, length_controlled
from training.evaluation.figures.records import BadRecord, RawRecord, lines, read

Options = dict[str, Any]

GAMED = "A gamed baseline's comparison has std_delta_len, instruction_difficulty and preference (0 to 1)"
DIFFICULTY = "A row has instruction (or index, the place in the annotations) and instruction_difficulty"


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_subparsers(dest="protocol", required=True, parser_class=ArgumentParser).add_parser
        alpaca = _protocol(add, "alpaca_eval", alpaca_eval.__doc__)
        alpaca.add_argument("file", type=Path, help="annotations.json")
        alpaca.add_argument("--difficulty", type=Path, metavar="CSV", help=DIFFICULTY)
        alpaca.add_argument("--gamed", type=Path, metavar="CSV", help=GAMED)
        alpaca.add_argument("--l1-c", type=_positive, metavar="C", help="else chosen by cross-validation")
        for name, module in (("mt_bench", mt_bench), ("vicuna_bench", vicuna_bench)):
            _protocol(add, name, module.__doc__).add_argument("files", type=Path, nargs="+")
        agreement = _protocol(add, "agreement", votes.__doc__)
        agreement.add_argument("files", type=Path, nargs=2, help="a judge's votes, people's votes")
        _protocol(add, "ratings", arena.__doc__).add_argument("file", type=Path)
        _protocol(add, "llmbar", llmbar.__doc__).add_argument("folder", type=Path)

    def handle(self, *args: str, **options: Any) -> None:
        try:
            found = FIGURES[options["protocol"]](options)
        except (BadRecord, NoFigure) as error:
            raise CommandError(str(error)) from error
        if options["protocol"] == "mt_bench" and (note := mt_bench.repeated(found)):
            self.stderr.write(note)
        self.stdout.write(json.dumps(found, indent=2, allow_nan=False) if options["json"] else tables.text(found))


def _protocol(add: Callable[..., ArgumentParser], name: str, doc: str | None) -> ArgumentParser:
    parser = add(name, help=(doc or "").split(". ")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"{text}: give a number above 0")
    return value


def _alpaca_eval(options: Options) -> dict[str, Any]:
    annotations = list(read(options["file"], alpaca_eval.Annotation, alpaca_eval.REMEDY))
    difficulty: dict[str, float] = {}
    if options["difficulty"]:
        rows = list(read(options["difficulty"], alpaca_eval.Difficulty, DIFFICULTY))
        difficulty = alpaca_eval.difficulty_by_instruction(rows, annotations)
    gamed = list(read(options["gamed"], GamedRow, GAMED)) if options["gamed"] else []
    comparisons = [annotation.comparison for annotation in annotations]
    return alpaca_eval.figures(annotations) | length_controlled(comparisons, difficulty, gamed, options["l1_c"])


def _mt_bench(options: Options) -> dict[str, Any]:
    ratings: list[mt_bench.Rating] = []
    games: list[mt_bench.Game] = []
    for path in options["files"]:
        first = next(lines(path), RawRecord(0, None)).value
        if mt_bench.is_game(first):
            games += read(path, mt_bench.Game, mt_bench.REMEDY)
        else:
            ratings += read(path, mt_bench.Rating, mt_bench.REMEDY)
    single, pairs = mt_bench.single_figures(ratings), mt_bench.pair_figures(games)
    return {model: single.get(model, {}) | pairs.get(model, {}) for model in sorted({*single, *pairs})}


def _vicuna_bench(options: Options) -> dict[str, Any]:
    found = {
        str(path): vicuna_bench.figures(list(read(path, vicuna_bench.Review, vicuna_bench.REMEDY)))
        for path in options["files"]
    }
    return found if len(found) > 1 else next(iter(found.values()))


def _agreement(options: Options) -> dict[str, Any]:
    return votes.figures(*(read(path, votes.Vote, votes.REMEDY) for path in options["files"]))


def _ratings(options: Options) -> dict[str, Any]:
    return arena.figures(list(read(options["file"], arena.ArenaComparison, arena.REMEDY)))


def _llmbar(options: Options) -> dict[str, Any]:
    return llmbar.figures(list(read(options["folder"] / "result.json", llmbar.JudgedInstance, llmbar.REMEDY)))


FIGURES: dict[str, Callable[[Options], dict[str, Any]]] = {
    "alpaca_eval": _alpaca_eval,
    "mt_bench": _mt_bench,
    "vicuna_bench": _vicuna_bench,
    "agreement": _agreement,
    "ratings": _ratings,
    "llmbar": _llmbar,
}
