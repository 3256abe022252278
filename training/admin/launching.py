"""The page between an action and its run: the typed form, filled with what the action was asked on."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from studio.accounts.access import asker
from studio.accounts.roles import Capability
from training.admin.forms import LaunchForm
from training.models import Run
from training.runs.kinds import KINDS, launched_by_form, right_to


class LaunchPermissions:
    """For admins whose actions start or stop machines' work."""

    def has_judge_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.is_authenticated and request.user.can(right_to(Run.Kind.JUDGE))

    def has_train_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.is_authenticated and request.user.can(Capability.TRAIN)


def launches(kind: str, field: str) -> Any:
    """An action on one row that opens the form of `kind` with `field` set to that row."""

    @action(description=f"{KINDS[kind].button[1]}…", url_path=f"launch-{kind}", permissions=["train"])
    def open_form(admin: object, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect(f"{reverse('admin:training_run_launch', args=[kind])}?{field}={object_id}")

    return open_form


def add_launches(admin: type, fields: Mapping[str, str]) -> None:
    """Give an admin an action, called as the kind, for each kind of run; `fields` say which of its form is the row."""
    for kind, field in fields.items():
        setattr(admin, kind, launches(kind, field))


def menu(title: str, actions: tuple[str, ...]) -> tuple[dict[str, Any]]:
    """Actions beneath one button: side by side they would be wider than the page."""
    return ({"title": title, "icon": "play_arrow", "items": actions},)


def launch_page(
    render_context: Callable[[HttpRequest], dict[str, Any]], request: HttpRequest, kind: str
) -> HttpResponse:
    if kind not in launched_by_form():
        raise Http404(f"There is no kind {kind!r}.")
    form = LaunchForm(kind, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    run = form.launch(asker(request)) if request.method == "POST" else None
    if run:
        messages.success(request, f"{run} waits in the queue {run.queue}.")
        return redirect("admin:training_run_change", run.pk)
    label = KINDS[kind].label
    context = {
        "title": f"Launch: {label}",
        "form": form,
        "about": (KINDS[kind].settings.__doc__ or "").replace("`", ""),
        "opts": Run._meta,
    }
    return TemplateResponse(request, "admin/training/launch.html", render_context(request) | context)
