"""`manage.py freeze NAME KIND '{"collections": ["toy-train"], "test_share": 0.1}'`: a dataset version of a query."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import CommandError

from annotation.datasets.definitions import KINDS, DefinitionInvalid
from annotation.datasets.next_version import warnings_of
from annotation.datasets.versions import freeze
from studio.projects.command import ProjectCommand


class Command(ProjectCommand):
    help = "Freeze a query into the next version of NAME; its definition is JSON (annotation/datasets/definitions.py)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("definition", nargs="?", default="{}")

    def handle(self, *, name: str, kind: str, definition: str, **options: Any) -> None:
        try:
            version = freeze(name, kind, orjson.loads(definition))
        except (orjson.JSONDecodeError, DefinitionInvalid) as error:
            raise CommandError(str(error)) from error
        for warning in warnings_of(version):
            self.stderr.write(f"{version}: {warning}")
        self.stdout.write(f"{version} ({version.pk}), {version.digest}\n{orjson.dumps(version.counts).decode()}")
