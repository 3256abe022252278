"""The review queue: slots that annotators lease, and what they skipped."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotation.models.pairs import Pair
from annotation.models.prompts import Collection
from studio.projects.rows import Rows, its_project


class Assignment(models.Model):
    """One wanted judgment of a pair: a slot.

    A pair that wants three judgments has slots 1 to 3, so no way of handing pairs out can ask for a
    fourth. `waiting → leased → done`; a lease that ran out is taken over as if it were waiting.
    Project and collection are the pair's, kept here so that the next slot of either is found by an index.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        LEASED = "leased"
        DONE = "done"

    project = its_project()
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="assignments")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="assignments", editable=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    priority = models.FloatField(default=0.0)
    opened_at = models.DateTimeField(default=timezone.now, editable=False, help_text="One moment for one act.")
    done_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Assignment"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "number"], name="assignment_slot_once"),
            models.UniqueConstraint(
                fields=["pair", "annotator"],
                condition=Q(annotator__isnull=False),
                name="assignment_once_per_annotator",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", annotator=None, leased_until=None)
                | Q(state="leased", annotator__isnull=False, leased_until__isnull=False)
                | Q(state="done", annotator__isnull=False),
                name="assignment_state_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "-priority", "number", "id"], name="assignment_open", condition=~Q(state="done")
            ),
            models.Index(
                fields=["collection", "-priority", "number", "id"],
                name="assignment_open_in_collection",
                condition=~Q(state="done"),
            ),
            models.Index(fields=["annotator", "state"], name="assignment_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} #{self.number}: {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.project_id, self.collection_id = self.pair.project_id, self.pair.collection_id
        super().save(*args, **kwargs)


class Remark(models.Model):
    """A pair that an annotator skipped, and is not offered again, and why."""

    project = its_project()
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="remarks")
    author = models.ForeignKey("annotation.Author", on_delete=models.PROTECT, related_name="remarks")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Remark"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "author"], name="remark_once")]

    def __str__(self) -> str:
        return f"skipped: {self.reason}"
