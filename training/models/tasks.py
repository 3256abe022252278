"""Classical benchmarks: what a checkpoint got right of a task's items."""

from django.db import models

from studio.projects.rows import Rows, its_project
from training.models.checkpoints import Checkpoint
from training.models.runs import Run


class TaskResult(models.Model):
    """A checkpoint's figure in one task. Only results of the same task, version, shots and form of asking compare.

    `value` is the main metric as the harness gives it, mostly a share in [0, 1]; `metrics` lists all of them.
    """

    project = its_project()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="task_results")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="task_results")
    task = models.CharField(max_length=200)
    part_of = models.CharField(max_length=200, blank=True, help_text="The group that was asked for.")
    version = models.CharField(max_length=40, blank=True, help_text="The task's own.")
    num_fewshot = models.PositiveSmallIntegerField(null=True, help_text="Examples shown.")
    chat = models.BooleanField(default=False, help_text="Asked in the chat template.")
    limit = models.PositiveIntegerField(default=0, help_text="Items asked of each task; 0 for all of them.")
    n = models.PositiveIntegerField(help_text="Items.")
    metric = models.CharField(max_length=80)
    value = models.FloatField()
    standard_error = models.FloatField(null=True)
    metrics = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["TaskResult"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "task"], name="task_result_once_in_run")]
        indexes = [models.Index(fields=["checkpoint", "task"], name="task_result_by_checkpoint")]

    def __str__(self) -> str:
        return f"{self.checkpoint} · {self.task}"
