"""Machines that take runs."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

# It says so every ten seconds.
SILENT_AFTER = timedelta(seconds=60)


class Worker(models.Model):
    """A worker process as it last reported: its queue, its host and its GPUs."""

    name = models.CharField(max_length=120, unique=True)
    queue = models.CharField(max_length=8)
    details = models.JSONField(default=dict, help_text="GPUs, memory and versions as the worker saw them.")
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def gpus(self) -> list[dict[str, Any]]:
        """Its GPUs: index, uuid, name, memory_mib."""
        return list(self.details.get("gpus", []))

    @property
    def slots(self) -> int:
        """Runs that it takes at once."""
        return int(self.details.get("slots", 1))

    @property
    def is_alive(self) -> bool:
        return timezone.now() - self.last_seen_at < SILENT_AFTER
