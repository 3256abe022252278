"""Dataset versions: frozen, hashed, never changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.pairs import Pair
from annotation.models.prompts import Prompt
from studio.projects.rows import Rows, its_project

LONGEST_CONTENTS = 160


class Version(models.Model):
    """A query's rows as they were at one moment. `digest` is the SHA-256 of its records in order."""

    class Kind(models.TextChoices):
        PROMPTS = "prompts"
        DEMONSTRATIONS = "demonstrations"
        PREFERENCES = "preferences"
        RESPONSES = "responses"

    project = its_project()
    name = models.CharField(max_length=120)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    definition = models.JSONField(default=dict, help_text="The query that was frozen.")
    digest = models.CharField(max_length=64)
    counts = models.JSONField(default=dict, help_text="Items by split, and what the query left out and why.")
    composition = models.JSONField(null=True, editable=False, help_text="What it was made of when it was frozen.")
    holds = models.CharField(max_length=LONGEST_CONTENTS, blank=True, editable=False, help_text="In one line.")
    notes = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Version"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name", "number"], name="version_numbered_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


def called(words: str) -> Q:
    """Versions by a part of their name or of what they hold."""
    return Q(name__icontains=words) | Q(holds__icontains=words)


class VersionItem(models.Model):
    """One frozen record, with the pair or prompt it came from."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    split = models.CharField(max_length=8, choices=[("train", "train"), ("test", "test")], default="train")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="+")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, null=True, related_name="version_items")
    record = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="version_item_in_place")]

    def __str__(self) -> str:
        return f"{self.version} [{self.position}]"
