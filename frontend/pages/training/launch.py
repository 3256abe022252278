"""Launch a run from its typed form."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from frontend.kit import wording
from frontend.presenters.judges import judge_choices
from frontend.presenters.training.launch import LaunchForm, launchable, missing_parts, plain
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from training.models import Run
from training.runs.kinds import KINDS, Queue, right_to


@requires(Capability.MANAGE_DATA)
def run_new(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in plain():
        raise Http404(f"There is no kind of run called {kind}.")
    if not asker(request).can(right_to(kind)):
        raise PermissionDenied(f"This page is for those who may {right_to(kind)}. Ask an admin for the role.")
    form = LaunchForm(kind, request.POST or None, request.GET)
    if request.method == "POST" and (run := form.launch(asker(request))):
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
    }
    if kind == Run.Kind.JUDGE:
        context |= judges_offered(form)
    return render(request, "launch/run.html", context, status=422 if form.is_bound else 200)


def judges_offered(form: LaunchForm) -> dict[str, Any]:
    found, chosen = judge_choices.choices(form.judges), form["judge"].value()
    return {
        "choices": found,
        "access": judge_choices.access(),
        "proposed": judge_choices.proposed(),
        "n_published": sum(one.is_published for one in found),
        "chosen_is_published": any(one.is_published and one.judge.name == chosen for one in found),
    }
