"""Checkpoints: weights on disk, what they came from and the author they are in annotation."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, prefetch_related_objects

from annotation.models import Author, Version
from studio.projects.rows import Rows, its_project
from training.models.runs import Run, RunVersion

# From a checkpoint back over what each was made from.
LINE = """
WITH RECURSIVE line(id, base_id, place) AS (
    SELECT id, base_id, 0 FROM training_checkpoint WHERE id = %s
    UNION ALL
    SELECT base.id, base.base_id, place + 1 FROM line JOIN training_checkpoint AS base ON base.id = line.base_id
)
SELECT training_checkpoint.* FROM line JOIN training_checkpoint USING (id) ORDER BY place
"""


class Ancestor(NamedTuple):
    """A checkpoint in a line of descent, with the run that made it and the versions which that run read."""

    checkpoint: "Checkpoint"
    run: Run | None
    versions: list[Version]


class Checkpoint(models.Model):
    """A policy or a reward model. Its weights never change; `digest` is the SHA-256 of the weights file."""

    class Kind(models.TextChoices):
        POLICY = "policy"
        REWARD = "reward"

    project = its_project()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    author = models.OneToOneField(Author, on_delete=models.PROTECT, related_name="checkpoint")
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="descendants")
    run = models.OneToOneField(
        "training.Run", on_delete=models.PROTECT, null=True, blank=True, related_name="made_checkpoint"
    )
    path = models.CharField(max_length=500, help_text="A folder of safetensors, relative to the runs folder.")
    template = models.CharField(max_length=40, default="vicuna", help_text="Chat template.")
    digest = models.CharField(max_length=64, blank=True)
    parameters = models.BigIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True)
    code_allowed = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Its own Python files that may run, with their SHA-256."
    )
    code_allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    code_allowed_at = models.DateTimeField(null=True, editable=False)
    # Of what another project shares with this one: it is used here, and its files are theirs.
    original = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies", editable=False
    )
    shared_by = models.CharField(
        max_length=200, blank=True, editable=False, help_text="The project that shares it with this one."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Checkpoint"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="checkpoint_once_in_project")]

    def __str__(self) -> str:
        return self.name

    def lineage(self) -> list[Ancestor]:
        """It and what it was made from, one after the other back to the first; three queries, however many."""
        line = list(Checkpoint.objects.raw(LINE, [self.pk]))
        read = RunVersion.objects.filter(role=RunVersion.Role.INPUT)
        inputs = read.select_related("version__project").order_by("id")
        prefetch_related_objects(line, "run__reference", Prefetch("run__run_versions", inputs))
        return [
            Ancestor(one, one.run, [row.version for row in one.run.run_versions.all()] if one.run else [])
            for one in line
        ]

    @property
    def whose(self) -> str:
        """Empty where it is the project's own."""
        return f"shared by {self.shared_by}" if self.shared_by else ""

    @property
    def folder(self) -> Path:
        return settings.RUNS_DIR / self.path
