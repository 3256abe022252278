"""Checkpoints that another project may use."""

from django.db import models
from django.db.models import Q

from annotation.models.shares import Share
from training.models.checkpoints import Checkpoint


class CheckpointShare(Share):
    """There it is a checkpoint of that project, whose `original` is this one."""

    of = "checkpoint"

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="shares")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "checkpoint"], condition=Q(ended_at=None), name="checkpoint_shared_once_at_a_time"
            )
        ]
