"""Leaderboards: an author under a benchmark's protocol, measured here or published elsewhere."""

from django.db import models
from django.db.models import Q

from annotation.models import Author, Collection, Judgment, Prompt, Response
from annotation.models.keeping import IsUsable, Kept
from studio.projects.rows import IsHere, Rows, its_project
from training.evaluation import benchmarks
from training.models.runs import Run


class ResultsHere(models.Manager["BenchmarkResult"]):
    """Of the project at work, and what was published elsewhere, which belongs to all unless an admin keeps it."""

    def get_queryset(self) -> models.QuerySet["BenchmarkResult"]:
        return super().get_queryset().filter(Q(IsHere("project")) | Q(IsUsable(), project=None))


class BenchmarkResult(Kept):
    """One row of a leaderboard. Only rows of the same benchmark, judge, set and baseline stand side by side.

    `value` is the protocol's main figure in its published unit, with its 95 % interval; `figures` holds all of them
    under their published names. A published row has a source in place of a run and of an author.
    """

    NOUN = "published row"

    project = its_project(null=True)
    benchmark = models.CharField(max_length=16, choices=benchmarks.labels)
    name = models.CharField(max_length=200, help_text="Of the model, as the table shows it.")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, null=True, related_name="benchmark_results")
    baseline = models.CharField(max_length=200, blank=True, help_text="Whom it was compared with.")
    baseline_author = models.ForeignKey(
        Author, on_delete=models.PROTECT, null=True, related_name="benchmark_results_as_baseline"
    )
    judge = models.CharField(max_length=200, blank=True, help_text="With its version and its model.")
    judge_author = models.ForeignKey(
        Author, on_delete=models.PROTECT, null=True, related_name="benchmark_results_as_judge"
    )
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, null=True, related_name="benchmark_results")
    prompts_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the set's prompts.")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="benchmark_results")
    source = models.CharField(max_length=300, blank=True, help_text="Where it was published.")
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField(default=0, help_text="Prompts that count.")
    failed = models.PositiveIntegerField(default=0)
    ties = models.PositiveIntegerField(default=0)
    mean_length = models.FloatField(null=True, help_text="In characters.")
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ResultsHere()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "benchmark", "name", "baseline", "judge"],
                condition=Q(run__isnull=False),
                name="benchmark_result_once_in_run",
            ),
            models.UniqueConstraint(
                fields=["source", "benchmark", "name", "baseline", "judge"],
                condition=Q(run=None),
                name="benchmark_result_published_once",
            ),
            models.CheckConstraint(
                condition=Q(run=None, project=None) | Q(run__isnull=False, project__isnull=False),
                name="benchmark_result_of_all_if_published",
            ),
            models.CheckConstraint(
                condition=Q(run__isnull=False) | ~Q(source=""), name="benchmark_result_run_or_source"
            ),
        ]
        indexes = [models.Index(fields=["benchmark", "-value"], name="benchmark_by_value")]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_benchmark_display()}"

    @property
    def kind(self) -> benchmarks.Benchmark:
        """What the studio knows of its benchmark."""
        return benchmarks.BENCHMARKS[self.benchmark]


class LengthInputs(models.Model):
    """What AlpacaEval's length control needs besides the verdicts, for one set of questions.

    `difficulty` maps a prompt's digest to γ; `gamed` lists the comparisons of the verbose and the concise baseline,
    each as its length difference in standard deviations, γ and the preference from 0 to 1.
    """

    project = its_project()
    collection = models.OneToOneField(Collection, on_delete=models.CASCADE, related_name="length_inputs")
    difficulty = models.JSONField(default=dict)
    difficulty_source = models.CharField(max_length=300, blank=True, help_text="The file that it was read from.")
    gamed = models.JSONField(default=list)
    gamed_source = models.CharField(max_length=300, blank=True, help_text="The file that they were read from.")
    updated_at = models.DateTimeField(auto_now=True)

    objects = Rows["LengthInputs"]()

    class Meta:
        verbose_name = verbose_name_plural = "length inputs"

    def __str__(self) -> str:
        return f"length control of {self.collection}"


class VerdictsHere(models.Manager["BenchmarkVerdict"]):
    """On questions of the project at work: a result stays where it was measured when its questions move away."""

    def get_queryset(self) -> models.QuerySet["BenchmarkVerdict"]:
        return super().get_queryset().filter(IsHere("prompt__project"))


class BenchmarkVerdict(models.Model):
    """What a result rests on, question by question, as it stood when it was measured.

    `value` is on the protocol's scale: the share won of a question, from 0 to 1, or points; null where it failed.
    """

    result = models.ForeignKey(BenchmarkResult, on_delete=models.CASCADE, related_name="verdicts")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="benchmark_verdicts")
    value = models.FloatField(null=True)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, null=True, related_name="benchmark_verdicts")
    baseline_response = models.ForeignKey(Response, on_delete=models.PROTECT, null=True, related_name="+")
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, null=True, related_name="benchmark_verdicts")
    details = models.JSONField(default=dict)

    objects = VerdictsHere()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "prompt"], name="benchmark_verdict_once")]

    def __str__(self) -> str:
        return "failed" if self.value is None else f"{self.value:.2f}"
