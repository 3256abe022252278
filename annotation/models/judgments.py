"""Who preferred which response, how strongly, and how it was shown. Nothing here is ever edited."""

from typing import Any

from django.db import models
from django.db.models import Avg, Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models.authors import Author
from annotation.models.pairs import Pair


class Shown(models.TextChoices):
    """The order in which a reader saw a pair. A judge that read it both ways has seen `both`."""

    LEFT_FIRST = "left_first"
    RIGHT_FIRST = "right_first"
    BOTH = "both"


class Judgment(models.Model):
    """One author's verdict on one pair.

    `grade` runs from −3 (left much better) over 0 (tie) to +3 (right much better) and is null where the
    judge failed. A changed mind supersedes: the old row gets `superseded_at` and stays.
    """

    class State(models.TextChoices):
        VALID = "valid"
        FAILED = "failed"

    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="judgments")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="judgments")
    state = models.CharField(max_length=8, choices=State.choices, default=State.VALID)
    grade = models.SmallIntegerField(null=True)
    both_bad = models.BooleanField(default=False)
    shown = models.CharField(max_length=12, choices=Shown.choices)
    consistent = models.BooleanField(null=True, help_text="The same verdict in both orders; null where read once.")
    rationale = models.TextField(blank=True)
    seconds = models.FloatField(null=True, help_text="Time spent on the pair.")
    client_id = models.UUIDField(null=True, unique=True, help_text="Made by the client: a retry adds nothing.")
    error = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "author"], condition=Q(superseded_at=None), name="judgment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(grade=None) | Q(grade__gte=-3, grade__lte=3), name="judgment_grade_in_scale"
            ),
            models.CheckConstraint(
                condition=Q(state="failed", grade=None) | Q(state="valid", grade__isnull=False),
                name="judgment_failed_has_no_grade",
            ),
            models.CheckConstraint(condition=Q(both_bad=False) | Q(grade=0), name="judgment_both_bad_is_a_tie"),
        ]
        indexes = [models.Index(fields=["author", "-id"], name="judgment_by_author")]

    def __str__(self) -> str:
        return "failed" if self.grade is None else f"{self.grade:+d}"


class JudgeCall(models.Model):
    """One reading of a pair by a judge, as the endpoint answered it: what a judge's judgment rests on."""

    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="judge_calls")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="judge_calls")
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, null=True, related_name="calls")
    shown = models.CharField(max_length=12, choices=Shown.choices)
    grade = models.SmallIntegerField(null=True)
    rationale = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    error = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="As the endpoint named it.")
    prompt_digest = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    latency = models.FloatField(default=0.0, help_text="In seconds.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["pair", "author"], name="judge_call_by_pair"),
            models.Index(fields=["author", "prompt_digest"], name="judge_call_by_question"),
        ]

    def __str__(self) -> str:
        return self.error or f"{self.grade:+d}"


def recount(pairs: QuerySet[Pair, Any]) -> None:
    """Bring the counts that pairs carry in step with their current valid judgments, in one statement."""
    current = Judgment.objects.filter(pair=OuterRef("pk"), state=Judgment.State.VALID, superseded_at=None)
    of_pair = current.order_by().values("pair")
    extremes = of_pair.annotate(low=Min("grade"), high=Max("grade")).filter(low__lt=0, high__gt=0)
    pairs.update(
        n_judgments=Coalesce(Subquery(of_pair.annotate(n=Count("pk")).values("n")), 0),
        mean_grade=Subquery(of_pair.annotate(mean=Avg("grade")).values("mean")),
        disputed=Exists(extremes),
    )
