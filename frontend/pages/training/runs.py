"""Runs: the list, one run as it goes on, and stopping or resuming it."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotation.models import Author, Pair
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.presenters.data import moves
from frontend.presenters.data.whereabouts import whereabouts
from frontend.presenters.evaluation import evaluate, tasks
from frontend.presenters.judges import judge_runs
from frontend.presenters.training import compared_runs, figures, recipes, rehearsals, shown_answers
from frontend.presenters.training.launch import launchable
from frontend.templatetags.machines import PACE
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_ids
from training.models import BenchmarkResult, Run, RunVersion
from training.models.runs import called
from training.recipes import RECIPES
from training.runs import forms as settings_forms
from training.runs import launching, logs, names, priorities, waiting
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, labels, right_to
from training.runs.preferred_pairs import source_of
from training.runs.sources import loaded, sources

COMPARABLE = 50
# Settings of a benchmark that give authors by id.
MODELS = ("authors", "baseline", "gamed")


class RunFilters(Filters):
    q = forms.CharField(label="Search")
    kind = forms.ChoiceField(choices=[("", "Any"), *labels()])
    state = forms.ChoiceField(choices=[("", "Any"), *Run.State.choices])
    stages = forms.BooleanField(label="Stages of recipes too")

    by = {
        "q": lambda runs, words: runs.filter(called(words)),
        "kind": lambda runs, kind: runs.filter(kind=kind),
        "state": lambda runs, state: runs.filter(state=state),
    }


RUNS = Listing(
    words="runs",
    filters=RunFilters,
    columns=(
        Column("name", "Run", grows=True),
        Column("kind", "Kind"),
        Column("state", "State"),
        Column("progress", "Progress", number=True),
        Column("by", "By"),
        Column("added", "Launched", sort="id"),
        Column("started", "Started", sort="started_at", sparse=True),
        Column("duration", "Took", number=True),
        Column("worker", "Worker", shown=False),
    ),
    sort="-added",
    placeholder="Search by name or number",
    across=Capability.READ_DATA,
)


def listed_runs(request: HttpRequest) -> Rows:
    """Runs that somebody started; those that a recipe started only where one asks for them."""
    runs = Run.objects.all() if narrows(request) else Run.objects.filter(parent=None)
    return runs.values(
        "id",
        "name",
        "kind",
        "state",
        "done",
        "total",
        "unit",
        "worker",
        "created_at",
        "started_at",
        took=Case(When(ended_at__isnull=False, started_at__isnull=False, then=F("worked_seconds"))),
        by=F("requested_by__username"),
    )


def narrows(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in ("stages", "q", "kind", "state"))


@requires(Capability.READ_DATA)
def run_list(request: HttpRequest) -> HttpResponse:
    begun = {
        "kinds": launchable(asker(request)),
        "recipes": RECIPES.values() if asker(request).can(right_to(Run.Kind.RECIPE)) else [],
    }
    return list_response(request, RUNS, listed_runs(request), "runs", begun)


@never_cache
@requires(Capability.READ_DATA)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page; where htmx asks, only what moves, or the word to load all anew when the state has changed."""
    together = ("requested_by", "checkpoint", "reference", "parent", "made_checkpoint")
    found = get_object_or_404(Run.objects.select_related(*together), pk=pk)
    is_recipe = found.kind == Run.Kind.RECIPE
    context: dict[str, Any] = {"run": found, "layers": recipes.of_recipe(found) if is_recipe else []}
    if found.kind in KINDS and KINDS[found.kind].asks_a_judge:
        context["judging"] = judge_runs.of_run(found, asker(request))
    if found.is_open:
        context["waits_for"] = waiting.why(found)
    if found.kind == Run.Kind.REHEARSAL and "recipe" in found.spec:
        context["rehearsed"] = rehearsals.of_run(found)
    if found.kind == Run.Kind.MOVE:
        context["moved"] = moves.of_run(found.result, asker(request))
    if found.is_open and found.kind in KINDS and KINDS[found.kind].has_curves:
        context["measured_now"] = logs.latest(found, list(PACE))
    context["may_move"] = asker(request).can(right_to(found.kind))
    if is_recipe:
        context["stale"] = recipes.stale_stages(context["layers"])
        context["may_run_again"] = context["may_move"] and "recipe" in found.spec
    if context["may_move"] and priorities.may_change(found):
        context["priorities"] = priorities.offered(asker(request))
    if request.headers.get("HX-Request"):
        if request.GET.get("seen") != found.state:
            return HttpResponseClientRefresh()
        return render(request, "runs/live.html", context)
    return render(request, "runs/run.html", context | about(found, request))


@never_cache
@requires(Capability.READ_DATA)
def run_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page with answers as they change; nothing where the step that was `seen` is the newest."""
    found = get_object_or_404(Run, pk=pk)
    answers = shown_answers.of_run(found)
    if found.is_open and request.GET.get("seen") == (str(answers.newest) if answers else ""):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "runs/shown_answers.html", {"run": found, "answers": answers})


@requires(Capability.READ_DATA)
def run_compare(request: HttpRequest) -> HttpResponse:
    """The curves of several runs over each other, and what differs between them; `by` names what groups them."""
    ids = row_ids(request.GET.getlist("run"))
    found = compared_runs.chosen(ids)
    differing = compared_runs.differing(found)
    by = next((row for row in differing if row.name == request.GET.get("by")), None)
    context = {
        "runs": found,
        "drawn": compared_runs.drawn(found, by),
        "curves_grow": compared_runs.are_open(found),
        "differing": differing,
        "by": by,
        "left_out": len(set(ids)) - len(found),
        "most": compared_runs.MOST,
    }
    return render(request, "runs/compare.html", context)


def about(found: Run, request: HttpRequest) -> dict[str, Any]:
    given = list(RunVersion.objects.filter(run=found).select_related("version__project").order_by("role", "name"))
    # What the worker does itself prints no log and has no curves.
    has_program = found.kind in KINDS and KINDS[found.kind].has_program
    return {
        "sources": sources([found]).get(found.pk, []),
        "of_scores": of_scores(found),
        "loaded": loaded(found),
        "inputs": [row for row in given if row.role == RunVersion.Role.INPUT],
        "outputs": [row for row in given if row.role == RunVersion.Role.OUTPUT],
        "whereabouts": whereabouts([row.version for row in given], asker(request)),
        "figures": figures.of_run(found),
        "settings": settings_of(found),
        "answers": shown_answers.of_run(found) if has_program else None,
        "answers_come": found.is_open and found.spec.get("settings", {}).get("shown"),
        "log": logs.log_from(found),
        "has_log": has_program and found.files_erased_at is None,
        "drawn": compared_runs.drawn([found]) if has_program and KINDS[found.kind].has_curves else [],
        "curves_grow": found.is_open,
        "comparable": Run.objects.filter(kind=found.kind).exclude(pk=found.pk).order_by("-id")[:COMPARABLE],
        "standings": evaluate.of_run(found.pk),
        "measured": measured(found) if found.kind == Run.Kind.BENCHMARK else [],
        "rewards": recipes.rewards(found) if found.kind == Run.Kind.RECIPE else [],
        "earlier": recipes.earlier(found) if found.kind == Run.Kind.RECIPE else [],
        "may_run_stage_again": may_run_again(found, request),
        "tasks": tasks.measured(found.task_results.order_by("pk")) if found.kind == Run.Kind.LM_EVAL else [],
    }


def may_run_again(found: Run, request: HttpRequest) -> bool:
    """Of a stage that has ended, and that counts in a recipe that was started as a whole."""
    counts = found.parent is not None and "recipe" in found.parent.spec and found.superseded_at is None
    return counts and not found.is_open and asker(request).can(right_to(Run.Kind.RECIPE))


def of_scores(found: Run) -> str:
    """The address of the list of pairs that it made of scores, if it made any."""
    if found.kind != Run.Kind.KEEP_BEST or not Pair.every.filter(source=source_of(found)).exists():
        return ""
    return f"{reverse('pair_list')}?{urlencode({'made': 'scores', 'source': source_of(found)})}"


def measured(found: Run) -> list[BenchmarkResult]:
    return list(found.benchmark_results.select_related("collection").order_by("-value", "name"))


def settings_of(found: Run) -> list[dict[str, Any]]:
    """Each setting beside its default; those that differ first."""
    chosen = found.spec.get("settings", {})
    fields = settings_forms.fields(found.kind) if found.kind in KINDS else []
    models = measured_models(chosen) if found.kind == Run.Kind.BENCHMARK else {}
    rows = [
        {
            "name": field.label,
            "value": named(field.name, value, models),
            "default": default,
            "help": field.help,
            "differs": value != default,
        }
        for field in fields
        for default in [list(field.default) if isinstance(field.default, tuple) else field.default]
        for value in [chosen.get(field.name, default)]
    ]
    return sorted(rows, key=lambda row: not row["differs"])


def measured_models(settings: dict[str, Any]) -> dict[int, str]:
    """Names of the authors that a benchmark's settings give by id."""
    ids = [*settings.get("authors", []), *settings.get("gamed", []), settings.get("baseline")]
    return dict(Author.objects.filter(pk__in=[pk for pk in ids if pk is not None]).values_list("pk", "name"))


def named(setting: str, value: Any, models: dict[int, str]) -> Any:
    """A setting's value, authors by their names."""
    if setting in MODELS and isinstance(value, list):
        return ", ".join(models.get(pk, str(pk)) for pk in value)
    return models.get(value, value) if setting in MODELS else value


class BudgetForm(forms.Form):
    """With what budget a run of a judge goes on; left out, with the one that it has."""

    budget = forms.FloatField(min_value=0, required=False)


def movable(request: HttpRequest, pk: int) -> Run:
    """The run, for those who may name, stop and resume its kind."""
    found = get_object_or_404(Run, pk=pk)
    if not asker(request).can(right_to(found.kind)):
        raise PermissionDenied(f"Only those who may {right_to(found.kind)} name, stop and resume this run.")
    return found


@require_POST
@requires(Capability.MANAGE_DATA)
def run_rename(request: HttpRequest, pk: int) -> HttpResponse:
    found = movable(request, pk)
    try:
        names.rename(found, request.POST.get("name", ""))
    except FormInvalid as error:
        messages.error(request, error.sentences)
    return redirect("run", pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def run_priority(request: HttpRequest, pk: int) -> HttpResponse:
    found = movable(request, pk)
    try:
        if not priorities.change(found, request.POST.get("priority", ""), asker(request)):
            messages.info(request, "It waits no more, so its priority stays as it was.")
    except FormInvalid as error:
        messages.error(request, error.sentences)
    return redirect("run", pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = movable(request, pk)
    if not launching.cancel(found):
        messages.info(request, "It had already ended.")
    return redirect("run", pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def run_resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = movable(request, pk)
    asked = BudgetForm(request.POST)
    if not asked.is_valid():
        messages.error(request, "A budget is a number of US dollars, at least 0.")
        return redirect("run", pk)
    try:
        if not launching.resume(found, asked.cleaned_data["budget"]):
            messages.info(request, "Only a run that failed, was lost or was cancelled can be resumed.")
    except FormInvalid as error:
        messages.error(request, f"The run is not resumed. {error.sentences}")
    return redirect("run", pk)
