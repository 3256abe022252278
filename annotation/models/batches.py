"""Questions that were handed to an endpoint as a file, to be answered within a day at a lower price."""

import uuid

from django.db import models
from django.db.models import Q

from annotation.models.authors import Author
from studio.projects.rows import Rows, its_project


class JudgeBatch(models.Model):
    """One batch of a judge's questions, known by their digests. It is open until its answers are stored.

    The row is there before the batch is, and the batch carries `token`: whoever starts again finds what was submitted.
    """

    project = its_project()
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="judge_batches")
    endpoint = models.CharField(max_length=80)
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    batch_id = models.CharField(max_length=200, blank=True, help_text="As the endpoint names it.")
    questions = models.JSONField(help_text="Digests of the questions, each the name of its line.")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = Rows["JudgeBatch"]()

    class Meta:
        verbose_name_plural = "judge batches"
        indexes = [models.Index(fields=["author"], name="judge_batch_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return self.batch_id or "not submitted"
