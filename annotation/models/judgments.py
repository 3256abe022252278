"""Who preferred which response, how strongly, and how it was shown. Nothing here is ever edited."""

from typing import Any

from django.conf import settings as conf
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from annotation.models.authors import Author
from annotation.models.pairs import Pair
from annotation.models.responses import Response
from studio.projects.rows import Rows, its_project

MARK = """
SELECT (SELECT max(id) FROM annotation_judgment), (SELECT max(superseded_at) FROM annotation_judgment),
  (SELECT max(id) FROM annotation_move), (
    SELECT string_agg(virtualtransaction, ' ' ORDER BY virtualtransaction) FROM pg_locks
    WHERE relation = 'annotation_judgment'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


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

    project = its_project()
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="judgments")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="judgments")
    state = models.CharField(max_length=8, choices=State.choices, default=State.VALID)
    grade = models.SmallIntegerField(null=True)
    preference = models.FloatField(
        null=True, help_text="From 0 (left) to 1 (right), where the judge says it finer than in grades."
    )
    both_bad = models.BooleanField(default=False)
    shown = models.CharField(max_length=12, choices=Shown.choices)
    consistent = models.BooleanField(null=True, help_text="The same verdict in both orders; null where read once.")
    rationale = models.TextField(blank=True)
    seconds = models.FloatField(null=True, help_text="Time spent on the pair.")
    too_fast = models.BooleanField(db_default=False, help_text="Given sooner than anybody reads both responses.")
    client_id = models.UUIDField(null=True, unique=True, help_text="Made by the client: a retry adds nothing.")
    error = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True)

    objects = Rows["Judgment"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "author"], condition=Q(superseded_at=None), name="judgment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(grade=None) | Q(grade__gte=-3, grade__lte=3), name="judgment_grade_in_scale"
            ),
            models.CheckConstraint(
                condition=Q(state="failed", grade=None, preference=None) | Q(state="valid", grade__isnull=False),
                name="judgment_failed_has_no_grade",
            ),
            models.CheckConstraint(condition=Q(both_bad=False) | Q(grade=0), name="judgment_both_bad_is_a_tie"),
            models.CheckConstraint(
                condition=Q(preference=None) | Q(preference__gte=0, preference__lte=1),
                name="judgment_preference_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(preference=None)
                | Q(preference=0.5, grade=0)
                | Q(preference__lt=0.5, grade__lt=0)
                | Q(preference__gt=0.5, grade__gt=0),
                name="judgment_preference_on_the_side_of_the_grade",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="judgment_by_project"),
            models.Index(fields=["author", "-id"], name="judgment_by_author"),
            models.Index(fields=["superseded_at"], name="judgment_superseded", condition=~Q(superseded_at=None)),
            # For the pairs on which a judge contradicts itself, which are few.
            models.Index(
                fields=["pair"], name="judgment_inconsistent", condition=Q(consistent=False, superseded_at=None)
            ),
        ]

    def __str__(self) -> str:
        return "failed" if self.grade is None else f"{self.grade:+d}"

    @classmethod
    def mark(cls) -> tuple[Any, ...]:
        """Another one whenever a judgment was made, superseded, withdrawn or moved; read from three indexes.

        It names the transactions that write judgments at the moment: an import takes minutes, and what it has not
        committed yet has lower ids than what others have committed since.
        """
        with connection.cursor() as cursor:
            cursor.execute(MARK)
            return tuple(cursor.fetchone() or ())


# Of calls: what the judge wrote is still there.
WITH_WORDS = ~Q(raw="") | Q(logprobs__isnull=False)


class JudgeCall(models.Model):
    """One answer of a judge, as the endpoint gave it: to a pair in one order, or to a single response.

    Grade, scores and rationale are what the judge's parser made of `raw`; they can be made anew from it at no cost,
    until a project that keeps raw records for some days erases it. A person who repairs an answer that could not be
    read is named.
    """

    project = its_project()
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, null=True, related_name="judge_calls")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, null=True, related_name="judge_calls")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="judge_calls", db_index=False)
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, null=True, related_name="calls")
    shown = models.CharField(max_length=12, choices=Shown.choices)
    sample = models.PositiveSmallIntegerField(default=0, help_text="Which of k answers to the same question.")
    grade = models.SmallIntegerField(null=True, help_text="Positive where the right response is better.")
    preference = models.FloatField(null=True, help_text="From 0 (left) to 1 (right), by log-probabilities.")
    scores = models.JSONField(null=True, help_text="Points for left and right, or for the single response.")
    rationale = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    logprobs = models.JSONField(null=True, help_text="The likeliest first tokens, where the endpoint gave them.")
    raw_erased_at = models.DateTimeField(null=True, editable=False, help_text="The words went; what they said stays.")
    error = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="As the endpoint named it.")
    endpoint = models.CharField(max_length=80, blank=True)
    prompt_digest = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(null=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    price = models.FloatField(default=0.0, help_text="In US dollars.")
    latency = models.FloatField(default=0.0, help_text="In seconds.")
    asked_for = models.CharField(max_length=40, blank=True, help_text="What it was asked for, such as `run 12`.")
    repaired_by = models.ForeignKey(
        conf.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="repaired_calls"
    )
    repaired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="When it was answered; an answer that is used again keeps its time.",
    )

    objects = Rows["JudgeCall"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pair=None, response__isnull=False) | Q(pair__isnull=False, response=None),
                name="judge_call_of_pair_or_response",
            )
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="judge_call_by_project"),
            models.Index(fields=["pair", "author"], name="judge_call_by_pair"),
            models.Index(fields=["response", "author"], name="judge_call_by_response"),
            models.Index(fields=["author", "prompt_digest"], name="judge_call_by_question"),
            models.Index(fields=["asked_for"], name="judge_call_by_purpose", condition=~Q(asked_for="")),
            models.Index(fields=["author", "-id"], name="judge_call_failed", condition=~Q(error="")),
            # For those that a project keeps only for some days.
            models.Index(fields=["project", "created_at", "id"], name="judge_call_with_words", condition=WITH_WORDS),
        ]

    def __str__(self) -> str:
        return self.error or (f"{self.grade:+d}" if self.grade is not None else str(self.scores))
