"""Checkpoints: weights on disk, what they came from and the author they are in annotation."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import models

from annotation.models import Author, Version

if TYPE_CHECKING:
    from training.models.runs import Run


class Ancestor(NamedTuple):
    """A checkpoint in a line of descent, with the run that made it and the versions which that run read."""

    checkpoint: "Checkpoint"
    run: "Run | None"
    versions: list[Version]


class Checkpoint(models.Model):
    """A policy or a reward model. Its weights never change; `digest` is the SHA-256 of the weights file."""

    class Kind(models.TextChoices):
        POLICY = "policy"
        REWARD = "reward"

    name = models.CharField(max_length=200, unique=True)
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
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def lineage(self) -> list[Ancestor]:
        """It and what it was made from, one after the other back to the first. A query or two for each."""
        line: list[Ancestor] = []
        checkpoint: Checkpoint | None = self
        while checkpoint is not None:
            run = checkpoint.run
            versions = list(run.versions.filter(run_versions__role="input")) if run else []
            line.append(Ancestor(checkpoint, run, versions))
            checkpoint = checkpoint.base
        return line

    @property
    def folder(self) -> Path:
        return settings.RUNS_DIR / self.path
