"""Checkpoints, and what can be made from one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from annotation.admin.bases import History, MadeInAProject
from studio.accounts.roles import Capability
from training.admin.launching import LaunchPermissions, add_launches, menu
from training.checkpoints.registration import TEMPLATE_CHOICES, TEMPLATE_HELP, CheckpointForm
from training.checkpoints.registration import register as kept
from training.models import Checkpoint, CheckpointShare
from training.runs.kinds import KINDS

# Each kind of run that starts from a checkpoint, with the field of its form.
STARTED = {kind: "checkpoint" for kind, known in KINDS.items() if known.bases}


class NewCheckpointForm(CheckpointForm):
    """In the admin's dress."""

    template = forms.ChoiceField(
        choices=TEMPLATE_CHOICES,
        widget=UnfoldAdminSelectWidget,
        help_text=TEMPLATE_HELP,
    )

    class Meta(CheckpointForm.Meta):
        widgets = {}


@admin.register(Checkpoint)
class CheckpointAdmin(MadeInAProject, LaunchPermissions, History):
    """Their weights never change; an admin registers models of their own by the folder."""

    list_display = ("name", "kind", "project", "size", "base", "run", "shared_by", "template", "created_at")
    list_filter = ("kind", "template")
    list_select_related = ("project", "base", "run")
    search_fields = ("name", "notes", "digest", "path")
    actions_row = tuple(STARTED)
    actions_detail = menu("Launch…", actions_row)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_authenticated and request.user.can(Capability.ADMINISTER)

    def get_form(
        self, request: HttpRequest, obj: Checkpoint | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Checkpoint]]:
        given = kwargs if obj else kwargs | {"form": NewCheckpointForm}
        found: type[forms.ModelForm[Checkpoint]] = super().get_form(request, obj, change=change, **given)
        return found

    def save_model(self, request: HttpRequest, obj: Checkpoint, form: Any, change: bool) -> None:
        kept(obj)

    @display(description="Parameters", ordering="parameters")
    def size(self, checkpoint: Checkpoint) -> str:
        return f"{checkpoint.parameters:,}" if checkpoint.parameters else "–"


@admin.register(CheckpointShare)
class CheckpointShareAdmin(History):
    list_display = ("checkpoint", "by", "at", "ended_at")
    list_select_related = ("checkpoint", "by")
    search_fields = ("checkpoint__name",)


add_launches(CheckpointAdmin, STARTED)
