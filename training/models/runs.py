"""Runs: a directory in, a directory out, and a row that is the truth about both."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotation.models import Version
from studio.http.parsing import row_id
from studio.projects.rows import Rows, its_project
from studio.projects.scope import everywhere
from training.runs.kinds import labels

LONGEST_NAME = 80


class Run(models.Model):
    """One piece of machines' work.

        queued ─→ running ─→ succeeded | failed      (the program said so, or was killed three times)
           ↑         ├─────→ lost                    (its worker died or went silent)
           │         └─────→ cancelled               (somebody asked)
           └─ resume, from failed, lost and cancelled; release, from running when a worker shuts down;
              reopen, of a recipe that has ended, when one of its stages is run again

    Every arrow is one function of `training.worker.transitions` that returns whether it made the change. Who runs it
    holds `claim`, without which none of the arrows out of `running` moves. A recipe has no worker and no lease:
    its children have.
    """

    class Kind(StrEnum):
        """The kinds that code speaks of by name; `training.runs.kinds` has all of them, with their words."""

        CREATE = "create"
        SFT = "sft"
        REWARD = "reward"
        SAMPLE = "sample"
        SCORE = "score"
        KEEP_BEST = "keep_best"
        JUDGE = "judge"
        REVIEW = "review"
        RATE = "rate"
        EVALUATE = "evaluate"
        BENCHMARK = "benchmark"
        LM_EVAL = "lm_eval"
        MOVE = "move"
        RECIPE = "recipe"
        REHEARSAL = "rehearsal"

    # Kinds of runs that are told a whole recipe.
    OF_RECIPES = (Kind.RECIPE, Kind.REHEARSAL)

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        LOST = "lost"
        CANCELLED = "cancelled"

    class Priority(models.TextChoices):
        """Of runs that wait for the same machines: `training.runs.queue_order` says what comes of it."""

        LOW = "low"
        NORMAL = "normal"
        HIGH = "high"

    OPEN = (State.QUEUED, State.RUNNING)
    RESUMABLE = (State.FAILED, State.LOST, State.CANCELLED)
    ENDED = (State.SUCCEEDED, *RESUMABLE)

    project = its_project()
    kind = models.CharField(max_length=12, choices=labels)
    name = models.CharField(
        max_length=LONGEST_NAME, help_text="What it does; what it makes is called so if a person chose it."
    )
    is_named = models.BooleanField(default=False, editable=False, help_text="A person chose its name.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    spec = models.JSONField()
    seed = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    stage = models.CharField(max_length=60, blank=True, help_text="Its place in the parent's recipe.")
    superseded_at = models.DateTimeField(
        null=True, editable=False, help_text="When its recipe's stage was run again: another run stands in its place."
    )
    checkpoint = models.ForeignKey(
        "training.Checkpoint",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        help_text="What it starts from.",
    )
    reference = models.ForeignKey(
        "training.Checkpoint",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="referring_runs",
        help_text="What it is held against while it trains; none: what it starts from.",
    )
    versions = models.ManyToManyField(Version, through="training.RunVersion", related_name="runs")
    queue = models.CharField(max_length=8)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="runs"
    )
    queued_at = models.DateTimeField(default=timezone.now, help_text="When a message was last sent for it.")
    waiting_since = models.DateTimeField(
        default=timezone.now, help_text="Since when it has its place in the queue. An interruption costs it no place."
    )
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was started since a person asked.")
    claim = models.UUIDField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True)
    gpu_uuids = models.JSONField(
        default=list, blank=True, editable=False, help_text="The GPUs that it has to itself while it runs."
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    unit = models.CharField(max_length=20, default="steps")
    rate = models.FloatField(null=True, help_text="Units a second.")
    eta_seconds = models.FloatField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    files_erased_at = models.DateTimeField(null=True, editable=False, help_text="Of log and intermediate files.")
    files_erased_bytes = models.BigIntegerField(null=True, editable=False, help_text="Null until all are gone.")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    working_since = models.DateTimeField(null=True, blank=True, help_text="The present start; null while it waits.")
    worked_seconds = models.FloatField(default=0.0, help_text="Of the starts before: what it waited does not count.")

    objects = Rows["Run"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "stage"], condition=~Q(stage="") & Q(superseded_at=None), name="run_stage_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(kind="recipe") | Q(leased_until__isnull=False, claim__isnull=False),
                name="run_running_has_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="run_by_project"),
            models.Index(fields=["state", "-id"], name="run_by_state"),
            models.Index(
                fields=["project", "-ended_at"], name="run_ended_last", condition=Q(parent=None, state="succeeded")
            ),
            models.Index(fields=["leased_until"], name="run_leases", condition=Q(state="running")),
            models.Index(fields=["queued_at"], name="run_waiting", condition=Q(state="queued")),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def project_of(cls, run_id: int) -> int:
        """For workers, who are told of runs by their ids."""
        with everywhere():
            found: int = cls.objects.values_list("project_id", flat=True).get(pk=run_id)
            return found

    @property
    def directory(self) -> Path:
        return settings.RUNS_DIR / str(self.pk)

    @property
    def gpus_wanted(self) -> int:
        """How many it wants; 0 for what runs on the processor."""
        return int(self.spec.get("settings", {}).get("gpus") or 0)

    @property
    def gb_wanted(self) -> float:
        """GB that each of its GPUs must have: as its settings say, else by the estimate made at its launch; 0: any."""
        said = self.spec.get("settings", {}).get("gpu_size")
        return float(said or self.spec.get("estimate", {}).get("gpu_gb", 0.0))

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_resumable(self) -> bool:
        return self.state in self.RESUMABLE and self.files_erased_at is None and self.superseded_at is None

    @property
    def stages(self) -> models.QuerySet["Run"]:
        """A recipe's runs, of each stage the one that counts: what stood there before is superseded."""
        return self.children.filter(superseded_at=None)

    @property
    def attempt(self) -> int:
        """Which run of its recipe's stage it is: 2 where that was run again once."""
        found: int = self.spec.get("stage", {}).get("attempt", 1)
        return found

    @property
    def share_done(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def duration(self) -> timedelta | None:
        """How long it worked: queued, paused, lost and stopped times are not of it."""
        if not self.started_at:
            return None
        now = timezone.now() - self.working_since if self.working_since else timedelta()
        return timedelta(seconds=self.worked_seconds) + max(now, timedelta())


def called(words: str) -> Q:
    """Runs by a part of their name, or by their number: `12`, `#12`."""
    number = row_id(words.removeprefix("#"))
    return Q(name__icontains=words) | (Q() if number is None else Q(pk=number))


class RunVersion(models.Model):
    """A dataset version that a run read, or one that it made: lineage in both directions."""

    class Role(models.TextChoices):
        INPUT = "input"
        OUTPUT = "output"

    project = its_project()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="run_versions")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="run_versions")
    role = models.CharField(max_length=8, choices=Role.choices)
    name = models.CharField(max_length=40, help_text="Its file in the run directory, such as `train` or `pairs`.")

    objects = Rows["RunVersion"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "role", "name"], name="run_version_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.name}: {self.version}"


class RunCheckpoint(models.Model):
    """A checkpoint that a run loads beside the one that it starts from: one of several reward models, or of several
    that answer. `role` is the setting that names their folders, `place` their order there, from 0."""

    project = its_project()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="run_checkpoints")
    checkpoint = models.ForeignKey("training.Checkpoint", on_delete=models.PROTECT, related_name="run_checkpoints")
    role = models.CharField(max_length=40)
    place = models.PositiveSmallIntegerField()

    objects = Rows["RunCheckpoint"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "role", "place"], name="run_checkpoint_once")]
        ordering = ["role", "place"]

    def __str__(self) -> str:
        return f"{self.role}: {self.checkpoint}"
