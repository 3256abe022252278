"""Evaluations: a checkpoint against a baseline under one judge, with its interval."""

from django.db import models

from annotation.models import Author, Version
from studio.projects.rows import Rows, its_project
from training.models.checkpoints import Checkpoint
from training.models.runs import Run


class Evaluation(models.Model):
    """Rates are shares in [0, 1] with 95 % intervals over prompts; a tie counts half."""

    class Decoding(models.TextChoices):
        SAMPLED = "sampled"
        GREEDY = "greedy"

    project = its_project()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="evaluations")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="evaluations")
    baseline = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="evaluations_as_baseline"
    )
    protocol = models.CharField(max_length=40)
    judge = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="evaluations")
    # Null once they were deleted with the project that they had been moved to.
    prompts = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="evaluations")
    decoding = models.CharField(max_length=8, choices=Decoding.choices)
    is_control = models.BooleanField(default=False, help_text="A matched control, not a stage of the pipeline.")
    n = models.PositiveIntegerField(help_text="Prompts compared.")
    wins = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    ties = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    win_rate = models.FloatField(null=True)
    win_rate_low = models.FloatField(null=True)
    win_rate_high = models.FloatField(null=True)
    score = models.FloatField(null=True, help_text="The judge's mean score where it gives one.")
    score_low = models.FloatField(null=True)
    score_high = models.FloatField(null=True)
    mean_length = models.FloatField(null=True, help_text="In characters.")
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Evaluation"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "checkpoint", "baseline", "decoding"],
                nulls_distinct=False,
                name="evaluation_once_in_run",
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} · {self.protocol}"
