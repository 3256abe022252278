"""`manage.py erase_old`: what the project keeps for some days only, and is older, goes now rather than at night."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from annotation.models import ProjectDefaults
from studio.projects.command import ProjectCommand
from training.runs import retention


class Command(ProjectCommand):
    help = "Erase raw records that are older than the project keeps them. Its defaults say how long that is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would go, and erase nothing.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        days = ProjectDefaults.here().keep_raw_days
        if days is None:
            raise CommandError("This project keeps raw records for ever. Set days under This project → Defaults.")
        if dry_run:
            self.stdout.write(f"Older than {days} days: {retention.would_go(days).words}. Nothing was erased.")
        else:
            self.stdout.write(f"Erased: {retention.erase_now().words}.")
