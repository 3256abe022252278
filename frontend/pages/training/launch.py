"""Launch a run from its typed form."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from frontend.kit import wording
from frontend.presenters.judges import judge_choices
from frontend.presenters.training import previews
from frontend.presenters.training.launch import LaunchForm, launchable, missing_parts, plain
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from training.checkpoints.model_server import ModelServerError
from training.models import Run
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, Queue, right_to


def refuse(request: HttpRequest, kind: str, known: Collection[str]) -> None:
    """Raises Http404 for a kind that is not known here, PermissionDenied for who may not launch it."""
    if kind not in known:
        raise Http404(f"There is no kind of run called {kind}.")
    if not asker(request).can(right_to(kind)):
        raise PermissionDenied(f"This page is for those who may {right_to(kind)}. Ask an admin for the role.")


@requires(Capability.MANAGE_DATA)
def run_new(request: HttpRequest, kind: str) -> HttpResponse:
    refuse(request, kind, plain())
    form = LaunchForm(kind, request.POST or None, request.GET, asker(request))
    if request.method == "POST" and (run := form.launch(asker(request), tries_steps(request, kind))):
        return redirect("run", run.pk)
    context: dict[str, Any] = {
        "kind": kind,
        "title": wording.new_run(KINDS[kind].label),
        # Docstrings mark names for programmers.
        "about": (KINDS[kind].settings.__doc__ or "").strip().replace("`", ""),
        "form": form,
        "acts": KINDS[kind].button,
        "kinds": launchable(asker(request)),
        "missing": missing_parts(KINDS[kind].queue) if KINDS[kind].queue == Queue.GPU else [],
        "has_preview": KINDS[kind].has_curves,
    }
    if kind == Run.Kind.JUDGE:
        context |= judges_offered(form)
    return render(request, "launch/run.html", context, status=422 if form.is_bound else 200)


def tries_steps(request: HttpRequest, kind: str) -> bool:
    """Whether the first steps are asked for, which only trainings have."""
    return "steps" in request.POST and KINDS[kind].has_curves


@require_POST
@requires(Capability.MANAGE_DATA)
def run_preview(request: HttpRequest, kind: str) -> HttpResponse:
    """What the run of the form would learn, token by token, as a part of the page that launches it."""
    refuse(request, kind, [name for name in plain() if KINDS[name].has_curves])
    context: dict[str, Any] = {"kind": kind}
    try:
        context["part"] = previews.part(LaunchForm(kind, request.POST).preview())
    except (FormInvalid, ModelServerError) as refused:
        context["refused"] = sentences(refused) if isinstance(refused, FormInvalid) else [str(refused)]
    return render(request, "launch/preview.html", context)


def sentences(refused: FormInvalid) -> list[str]:
    """What is wrong, each beginning with the setting that it is about."""
    return [f"{name.replace('_', ' ').capitalize()}: {problem}" for name, problem in refused.errors.items()]


def judges_offered(form: LaunchForm) -> dict[str, Any]:
    found, chosen = judge_choices.choices(form.judges), form["judge"].value()
    return {
        "choices": found,
        "access": judge_choices.access(),
        "proposed": judge_choices.proposed(),
        "n_published": sum(one.is_published for one in found),
        "chosen_is_published": any(one.is_published and one.judge.name == chosen for one in found),
    }
