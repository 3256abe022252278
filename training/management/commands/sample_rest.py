"""`manage.py sample_rest CHECKPOINT --collection SLUG`: a checkpoint answers what it has not answered of a set."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.datasets.definitions import DefinitionInvalid
from annotation.models import Collection
from studio.projects.command import ProjectCommand
from training.checkpoints.shares import usable
from training.evaluation.benchmarks.sampling import sample_rest
from training.models import Checkpoint
from training.runs.forms import FormInvalid


class Command(ProjectCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("checkpoint", help="its name")
        parser.add_argument("--collection", required=True, help="its slug")
        parser.add_argument("--temperature", type=float, default=0.7)
        parser.add_argument("--max-tokens", type=int, default=1024, help="longest response")

    def handle(
        self, *args: str, checkpoint: str, collection: str, temperature: float, max_tokens: int, **options: Any
    ) -> None:
        settings = {"max_tokens": max_tokens, "draws": [{"n": 1, "temperature": temperature}]}
        try:
            found = usable().get(name=checkpoint)
            run = sample_rest(found, Collection.objects.get(slug=collection), settings)
        except DefinitionInvalid as error:
            raise CommandError(f"{checkpoint} has answered all of {collection}. {error}") from error
        except (FormInvalid, Checkpoint.DoesNotExist, Collection.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}: {run.name}. It waits for the workers of `make run`.")
