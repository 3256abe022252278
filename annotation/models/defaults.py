"""What a project begins with where nobody says otherwise: its guidelines, judgments per pair, and its judge."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from studio.projects.rows import Rows, its_project
from studio.projects.scope import one_here

MOST_OVERLAP = 100
FEWEST_DAYS, MOST_DAYS = 7, 30_000
# More than anybody pays, and little enough to be counted in cents.
MOST_DOLLARS = 1_000_000_000.0


class ProjectDefaults(models.Model):
    """At most one row for a project; without one, and where a column is empty, the studio's own defaults hold.

    A new collection takes its own copy, so that a change here changes no collection that has guidelines.
    """

    project = its_project()
    guidelines = models.TextField(
        blank=True, help_text="Markdown. New collections start with it, and those without guidelines show it."
    )
    overlap = models.PositiveSmallIntegerField(
        "judgments per pair",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OVERLAP)],
        help_text="New collections want so many judgments from people for each pair.",
    )
    judge = models.CharField(max_length=200, blank=True, help_text="Runs, forecasts and trials begin with it.")
    budget = models.FloatField(
        "budget of a run",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(MOST_DOLLARS)],
        help_text="US dollars that a run of a judge may spend where nobody says otherwise.",
    )
    monthly_budget = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(MOST_DOLLARS)],
        help_text="US dollars that all judges of the project may spend in a calendar month (UTC). Empty is no limit.",
    )
    keep_raw_days = models.PositiveSmallIntegerField(
        "days that raw records are kept",
        null=True,
        blank=True,
        validators=[MinValueValidator(FEWEST_DAYS), MaxValueValidator(MOST_DAYS)],
        help_text="Older answers of judges lose their words, older runs their logs. Empty is for ever.",
    )
    keep_raw_set_at = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When old records were looked for last.")
    erased_calls = models.PositiveIntegerField(default=0, editable=False)
    erased_runs = models.PositiveIntegerField(default=0, editable=False)
    erased_bytes = models.BigIntegerField(default=0, editable=False)

    objects = Rows["ProjectDefaults"]()

    class Meta:
        verbose_name_plural = "project defaults"
        constraints = [models.UniqueConstraint(fields=["project"], name="project_defaults_once")]

    def __str__(self) -> str:
        return f"Defaults of {self.project}"

    @classmethod
    def here(cls) -> "ProjectDefaults":
        """Of the project at work; a row that is not saved where there is none, and outside of one project."""
        project = one_here()
        found = cls._default_manager.filter(project=project).first() if project is not None else None
        return found or cls()


def default_guidelines() -> str:
    """What a new collection begins with."""
    return ProjectDefaults.here().guidelines


def default_overlap() -> int:
    """What a new collection begins with."""
    return ProjectDefaults.here().overlap
