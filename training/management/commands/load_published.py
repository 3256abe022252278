"""`manage.py load_published`: the published rows of the leaderboards, each with its source. Safe to run again."""

from django.core.management.base import BaseCommand

from studio.projects.scope import everywhere
from training.evaluation.leaderboards import published


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: object, **options: object) -> None:
        with everywhere():
            self.stdout.write(f"{published.load()} published rows stand on the leaderboards.")
