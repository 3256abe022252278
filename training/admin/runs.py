"""Runs: their history, and the levers that stop them and start them again."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from unfold.decorators import action, display

from annotation.admin.bases import History, HistoryInline
from studio.accounts.access import asker
from studio.http.parsing import row_id
from studio.words import counted
from training.admin.launching import LaunchPermissions, launch_page
from training.models import Metric, Run, RunCheckpoint, RunVersion
from training.runs import launching, priorities
from training.runs.forms import FormInvalid
from training.runs.kinds import right_to

SHOWN: tuple[str, ...] = (
    *("kind", "state", "error", "progress", "rate", "eta_seconds", "parent", "stage", "checkpoint", "seed"),
    *(
        "queue",
        "priority",
        "waiting_since",
        "requested_by",
        "worker",
        "attempts",
        "created_at",
        "started_at",
        "ended_at",
        "leased_until",
    ),
    *("cancel_requested_at", "spec", "result"),
)
COLOURS = {"running": "info", "succeeded": "success", "failed": "danger", "lost": "danger", "cancelled": "warning"}


class RunVersionInline(HistoryInline):
    model = RunVersion
    fields = ("role", "name", "version")
    verbose_name_plural = "versions"


class RunCheckpointInline(HistoryInline):
    model = RunCheckpoint
    fields = ("role", "place", "checkpoint")
    verbose_name_plural = "checkpoints besides"


class StageInline(HistoryInline):
    model = Run
    fk_name = "parent"
    fields = ("stage", "kind", "state", "started_at", "ended_at")
    verbose_name_plural = "stages"


@admin.register(Run)
class RunAdmin(LaunchPermissions, History):
    list_display = ("name", "kind", "coloured_state", "progress", "checkpoint", "worker", "took", "created_at")
    list_filter = ("state", "kind", "queue", "priority", "requested_by")
    list_select_related = ("checkpoint",)
    search_fields = ("name", "error", "stage")
    fields = SHOWN
    inlines = (RunVersionInline, RunCheckpointInline, StageInline)
    actions = ("cancel_chosen", "resume_chosen", "set_high", "set_normal", "set_low")
    actions_detail = ("cancel", "resume")
    actions_list = ("start_recipe", "judge_pairs")

    @display(description="State", label=COLOURS, ordering="state")
    def coloured_state(self, run: Run) -> str:
        return run.state

    @display(description="Done")
    def progress(self, run: Run) -> str:
        return f"{run.done:,} of {run.total:,} {run.unit}" if run.total else "–"

    @display(description="Took")
    def took(self, run: Run) -> str:
        return str(run.duration).partition(".")[0] if run.duration else "–"

    @admin.action(description="Cancel", permissions=["train"])
    def cancel_chosen(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.tell(request, "Asked to stop", [launching.cancel(run) for run in runs])

    @admin.action(description="Resume", permissions=["train"])
    def resume_chosen(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.resume_all(request, runs)

    @admin.action(description="Priority: high", permissions=["train"])
    def set_high(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.set_priority(request, runs, Run.Priority.HIGH)

    @admin.action(description="Priority: normal", permissions=["train"])
    def set_normal(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.set_priority(request, runs, Run.Priority.NORMAL)

    @admin.action(description="Priority: low", permissions=["train"])
    def set_low(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.set_priority(request, runs, Run.Priority.LOW)

    def set_priority(self, request: HttpRequest, runs: QuerySet[Run], priority: str) -> None:
        by = asker(request)
        self.tell(request, f"Priority {priority}", [priorities.change(run, priority, by) for run in runs])

    @action(description="Cancel", url_path="cancel", permissions=["train"])
    def cancel(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.tell(request, "Asked to stop", [launching.cancel(get_object_or_404(Run, pk=row_id(str(object_id))))])
        return redirect("admin:training_run_change", object_id)

    @action(description="Resume", url_path="resume", permissions=["train"])
    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.resume_all(request, [get_object_or_404(Run, pk=row_id(str(object_id)))])
        return redirect("admin:training_run_change", object_id)

    @action(description="Start a recipe…", url_path="start-recipe", permissions=["train"])
    def start_recipe(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:training_run_launch", "recipe")

    @action(description="Have pairs judged…", url_path="judge-pairs", permissions=["judge"])
    def judge_pairs(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:training_run_launch", "judge")

    def resume_all(self, request: HttpRequest, runs: Iterable[Run]) -> None:
        changed = []
        for run in runs:
            try:
                changed.append(launching.resume(run))
            except FormInvalid as error:
                changed.append(False)
                messages.error(request, f"{run} is not resumed. {error.sentences}")
        self.tell(request, "Back in the queue", changed)

    def tell(self, request: HttpRequest, what: str, changed: list[bool]) -> None:
        messages.info(request, f"{what}: {sum(changed)} of {counted(len(changed), 'run')}.")

    def get_urls(self) -> list[URLPattern]:
        launch = path("launch/<slug:kind>/", self.admin_site.admin_view(self.launch), name="training_run_launch")
        return [launch, *super().get_urls()]

    def launch(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not asker(request).can(right_to(kind)):
            return redirect("admin:index")
        return launch_page(self.admin_site.each_context, request, kind)


@admin.register(Metric)
class MetricAdmin(History):
    list_display = ("run", "name", "step", "value")
    list_select_related = ("run",)
    search_fields = ("name", "run__name")
