"""`manage.py load_demo`: the hand-written pairs and the toy world's prompts. Safe to run again."""

from django.core.management.base import BaseCommand

from annotation.demo import loading


class Command(BaseCommand):
    help = "Make the demo's collections, or complete them."

    def handle(self, *args: object, **options: object) -> None:
        loading.load()
