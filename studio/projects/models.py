"""Projects, as a table."""

from django.db import models


class Project(models.Model):
    """The place of one team's work. Members and admins see what belongs to it, and nobody else."""

    slug = models.SlugField(unique=True, help_text="In the address of its pages.")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
