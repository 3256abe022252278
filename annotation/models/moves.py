"""Where collections were before they came to their project."""

from django.conf import settings
from django.db import models

from annotation.models.prompts import Collection
from studio.projects.models import Project


class Move(models.Model):
    """One collection went from one project to another, with all that hung on it.

    Projects may be deleted since: their names are those of that day.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="moves")
    left = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="+")
    left_name = models.CharField(max_length=120)
    slug_there = models.SlugField(help_text="What it was called in the project that it left.")
    reached = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="+")
    reached_name = models.CharField(max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    counts = models.JSONField(default=dict, help_text="How many rows of each table went along.")

    def __str__(self) -> str:
        return f"{self.slug_there}: from {self.left_name} to {self.reached_name}"
