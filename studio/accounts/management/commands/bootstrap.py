"""`manage.py bootstrap`: what a new studio needs before its first page. Safe to run again."""

import secrets

from django.core.management import call_command
from django.core.management.base import BaseCommand

from studio.accounts.acts.people import ADMINS
from studio.accounts.models import User
from studio.environment import secret
from studio.projects.models import Project

PLAYGROUND = "playground"


class Command(BaseCommand):
    help = "Make the admin's account unless there is one, the demo, and the published rows of the leaderboards."

    def handle(self, *args: object, **options: object) -> None:
        self.make_admin()
        self.make_playground()
        call_command("load_published")

    def make_playground(self) -> None:
        """Once: whoever deleted it goes on without."""
        if not Project.objects.exists():
            Project.objects.create(slug=PLAYGROUND, name="Playground")
        if Project.objects.filter(slug=PLAYGROUND).exists():
            call_command("load_demo", project=PLAYGROUND)

    def make_admin(self) -> None:
        if User.objects.filter(ADMINS).exists():
            return
        given = secret("STUDIO_ADMIN_PASSWORD", "")
        password = given or secrets.token_urlsafe(9)
        User.objects.create_superuser("admin", password=password)
        shown = "the one in STUDIO_ADMIN_PASSWORD" if given else f"{password}   (shown only now)"
        self.stdout.write(f"Sign in as admin, password: {shown}")
