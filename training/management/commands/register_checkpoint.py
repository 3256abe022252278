"""`manage.py register_checkpoint NAME FOLDER`: your own weights become a checkpoint of the project."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from studio.projects.command import ProjectCommand
from training.checkpoints.registration import TEMPLATE_CHOICES, CheckpointForm, WeightsInvalid, register
from training.models import Checkpoint


class Command(ProjectCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("folder", help="its absolute path; safetensors only")
        parser.add_argument("--kind", choices=Checkpoint.Kind.values, default=Checkpoint.Kind.POLICY)
        parser.add_argument("--template", choices=dict(TEMPLATE_CHOICES), default="own", help="own is the tokenizer's")

    def handle(self, *args: str, name: str, folder: str, kind: str, template: str, **options: Any) -> None:
        form = CheckpointForm({"name": name, "path": folder, "kind": kind, "template": template})
        if not form.is_valid():
            faults = [str(fault) for field in form.errors.values() for fault in field]
            raise CommandError(" ".join(faults))
        try:
            made = register(form.save(commit=False))
        except WeightsInvalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Checkpoint {made.pk}: {made.name}, {made.parameters:,} parameters.")
