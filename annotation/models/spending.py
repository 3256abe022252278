"""What judges cost a project, by calendar month."""

from django.db import models
from django.db.models import Q

from studio.projects.rows import Rows, its_project


class JudgeSpending(models.Model):
    """What one purpose (`run 12`, `trial`) cost in one month, and what is reserved for its questions under way.

    Answers that are erased, or of pairs that were deleted, were paid for all the same: they stay counted here.
    """

    project = its_project()
    month = models.DateField(help_text="Its first day.")
    asked_for = models.CharField(max_length=40, blank=True)
    spent = models.FloatField(default=0.0, help_text="In US dollars.")
    reserved = models.FloatField(default=0.0, help_text="In US dollars.")

    objects = Rows["JudgeSpending"]()

    class Meta:
        verbose_name_plural = "judge spending"
        constraints = [
            models.UniqueConstraint(fields=["project", "month", "asked_for"], name="judge_spending_once_a_month"),
            models.CheckConstraint(condition=Q(spent__gte=0, reserved__gte=0), name="judge_spending_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_for or 'unnamed'} in {self.month:%B %Y}"
