"""What the runs of a project begin with where nobody says otherwise."""

from django.db import models

from studio.projects.rows import Rows, its_project
from studio.projects.scope import one_here
from training import specs


class TrainingDefaults(models.Model):
    """At most one row for a project; where a column is empty, each kind of run has its own default."""

    project = its_project()
    template = models.CharField(
        "chat template",
        max_length=40,
        blank=True,
        choices=specs.named_templates,
        help_text="For SFT, sampling and chat with a checkpoint that has no template of its own.",
    )

    objects = Rows["TrainingDefaults"]()

    class Meta:
        verbose_name_plural = "training defaults"
        constraints = [models.UniqueConstraint(fields=["project"], name="training_defaults_once")]

    def __str__(self) -> str:
        return f"Defaults of {self.project}"

    @classmethod
    def here(cls) -> "TrainingDefaults":
        """Of the project at work; a row that is not saved where there is none, and outside of one project."""
        project = one_here()
        found = cls._default_manager.filter(project=project).first() if project is not None else None
        return found or cls()
