"""`manage.py health`: what keeps the studio from its work, a line each; it ends with 1 where something does."""

import sys

from django.core.management.base import BaseCommand

from studio.monitoring import health


class Command(BaseCommand):
    help = "Say what keeps the studio from its work: a server that is away, a full disk. Ends with 1 if there is any."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        found = health.examine().hindrances
        for says in found:
            self.stdout.write(says)
        sys.exit(bool(found))
