"""`manage.py load_demo`: the hand-written pairs and the toy world's prompts. Safe to run again."""

from annotation.demo import loading
from studio.projects.command import ProjectCommand


class Command(ProjectCommand):
    help = "Make the demo's collections, or complete them."

    def handle(self, *args: object, **options: object) -> None:
        loading.load()
