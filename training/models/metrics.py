"""What a program logged while it ran."""

from django.db import models

from training.models.runs import Run


class Metric(models.Model):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="metrics")
    name = models.CharField(max_length=80)
    step = models.PositiveIntegerField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name", "step"], name="metric_once")]

    def __str__(self) -> str:
        return f"{self.name}[{self.step}] = {self.value:.5g}"
