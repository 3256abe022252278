"""Files that came into collections."""

from django.conf import settings
from django.db import models

from annotation.models.prompts import Collection
from studio.projects.rows import Rows, its_project
from studio.words import counted


class Import(models.Model):
    """One file that was imported: which, into what, and how much of it was new. A dry run leaves none."""

    project = its_project()
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="imports")
    file = models.CharField(max_length=200, help_text="Its name; empty where it came without one.")
    format = models.CharField(max_length=40)
    entries = models.PositiveIntegerField(help_text="Records that it has.")
    added = models.JSONField(default=dict, help_text="What was new, by noun.")
    known = models.JSONField(default=dict, help_text="What was there already, by noun.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Import"]()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="import_by_project")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """`arena.jsonl into Arena: 480 records`, which needs the collection."""
        return f"{self.file or 'A file'} into {self.collection}: {counted(self.entries, 'record')}"

    @property
    def added_words(self) -> str:
        """`480 pairs, 960 responses`; `nothing new`."""
        return told(self.added) or "nothing new"


def told(numbers: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {noun if n != 1 else noun.removesuffix('s')}" for noun, n in numbers.items() if n)
