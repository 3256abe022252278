"""`manage.py forecast JUDGE --collection SLUG`: what judging will take, before anybody is asked."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import CommandError

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid
from annotation.judges.runs import forecasts, over_pairs
from annotation.models import Collection, ProjectDefaults
from studio.projects.command import ProjectCommand
from studio.words import counted, dollars


class Command(ProjectCommand):
    help = "Calls, tokens, US dollars and time that JUDGE needs for the pairs of a collection that wait for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("judge", nargs="?", default="", help="by default that of the project")
        parser.add_argument("--collection", required=True, help="slug of the collection")
        parser.add_argument("--source", default="", help="only pairs that name this source")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *, judge: str, collection: str, source: str, json: bool, **options: Any) -> None:
        if not Collection.objects.filter(slug=collection).exists():
            known = ", ".join(Collection.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no collection {collection!r}. There are: {known}.")
        judge = judge or ProjectDefaults.here().judge
        if not judge:
            raise CommandError("Name a judge: the project has no default.")
        try:
            chosen = registry.ready(judge)
            found = forecasts.forecast(chosen, over_pairs.pairs_of(collection, source))
        except JudgeInvalid as error:
            raise CommandError(str(error)) from error
        if json:
            self.stdout.write(orjson.dumps(found.plain()).decode())
            return
        self.stdout.write(f"{found.judge}: {counted(found.waiting, 'pair')} to judge, of {found.pairs:,}")
        for name, (value, rests_on, says) in found.figures.items():
            written = dollars(value) if name == "price" else f"{value:,.0f}"
            self.stdout.write(f"{name:>12} {written:>14}  {rests_on:<9} {says}")
