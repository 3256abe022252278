"""What people say is wrong with a pair, and what was decided about it."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models.pairs import Pair
from studio.projects.rows import Rows, its_project


class Flag(models.Model):
    """Something is wrong with a pair, somebody says. It is open until a lead settles it.

    `dismissed`: nothing is wrong. `excluded`: the pair stays out of dataset versions. `fixed`: it is mended.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DISMISSED = "dismissed"
        EXCLUDED = "excluded"
        FIXED = "fixed"

    project = its_project()
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="flags")
    author = models.ForeignKey("annotation.Author", on_delete=models.PROTECT, related_name="flags")
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    note = models.TextField(blank=True, help_text="What the lead tells whoever flagged the pair.")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    seen = models.BooleanField(default=False, help_text="Whoever flagged the pair has seen how it was settled.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Flag"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "author"], condition=Q(state="open"), name="flag_one_open_of_an_author"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_by=None, settled_at=None)
                | (~Q(state="open") & Q(settled_by__isnull=False, settled_at__isnull=False)),
                name="flag_state_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-id"], name="flag_by_state")]

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}"


class Settlement(models.Model):
    """One decision about a flag; `open` is a flag that was opened again. Rows are added, never changed."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="settlements")
    state = models.CharField(max_length=10, choices=Flag.State.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.state} by {self.by}"


# Where one of these is, the pair stays out of dataset versions and judging runs, and is not sent to review.
# Of the pairs that were sent before, the excluded ones are passed over.
HELD_BACK = (Flag.State.OPEN, Flag.State.EXCLUDED)
# How lists ask for pairs by their flags, and what that means.
FLAGGED = {
    "open": "Flagged, not settled",
    "excluded": "Excluded",
    "dismissed": "Dismissed",
    "fixed": "Fixed",
    "any": "Flagged at any time",
    "left_out": "Left out of versions",
    "kept": "Not left out of versions",
}


def where_flagged(pairs: QuerySet[Pair], how: str) -> QuerySet[Pair]:
    """The pairs that have a flag as one of `FLAGGED` says."""
    flags = Flag.objects.filter(pair=OuterRef("pk"))
    if how == "any":
        return pairs.filter(Exists(flags))
    if how in ("left_out", "kept"):
        held = Exists(flags.filter(state__in=HELD_BACK))
        return pairs.filter(held if how == "left_out" else ~held)
    return pairs.filter(Exists(flags.filter(state=how)))


def open_flags() -> Coalesce:
    """As a column of collections: how many flags of their pairs wait to be settled."""
    waiting = Flag.objects.filter(pair__collection=OuterRef("pk"), state=Flag.State.OPEN).order_by()
    counts = waiting.values("pair__collection").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts), 0)


def holding_flag(pair: OuterRef) -> Subquery:
    """As a column: the state of the flag that holds the pair back, an open one before others; null where none does."""
    flags = Flag.objects.filter(pair=pair, state__in=HELD_BACK)
    return Subquery(flags.order_by("-state").values("state")[:1])
