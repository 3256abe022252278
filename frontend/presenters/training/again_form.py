"""The form that runs a stage of a recipe again: all settings of its kind, filled with those that it had."""

from typing import Any

import msgspec
from django import forms
from django.http import QueryDict

from frontend.presenters.training.launch_fields import choices, form_field, is_list, listed
from studio.accounts.models import User
from training.models import Run
from training.recipes import again, orchestration
from training.runs import launching
from training.runs.forms import Field, FormInvalid
from training.runs.kinds import KINDS


class AgainForm(forms.Form):
    """`run_again` raises nothing: what is refused stands at its field."""

    def __init__(self, run: Run, recipe: Run, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="run_%s")
        self.run, self.known = run, KINDS[run.kind]
        self.settings = launching.fields(run.kind)
        for field in self.settings:
            self.fields[field.name] = self.filled(field)
        if followers := self.followers(recipe):
            self.fields["downstream"] = forms.BooleanField(
                required=False,
                label="Run what follows again too",
                help_text=f"{', '.join(followers)}. Otherwise they stay as they are and are marked stale.",
            )

    def filled(self, field: Field) -> forms.Field:
        made = form_field(field, choices(field))
        value = self.run.spec.get("settings", {}).get(field.name, field.default)
        if field.type == "boolean":
            made.initial = bool(value)
        elif is_list(field):
            made.initial = listed(value)
        elif field.type == "json" and value is not None:
            made.initial = msgspec.json.encode(value).decode()
            made.widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"})
        else:
            made.initial = "" if value is None else str(value)
        return made

    def followers(self, recipe: Run) -> list[str]:
        """The stages that follow and have been launched."""
        there, stages = orchestration.children_of(recipe), orchestration.pipeline_of(recipe).stages
        return [name for name in again.following(stages, self.run.stage) if name in there]

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.known.first if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[field.name] for field in self.settings if field.name not in self.known.first]

    @property
    def others_have_errors(self) -> bool:
        return any(bound.errors for bound in self.others)

    def run_again(self, by: User) -> Run | None:
        """The stage's new run, or None where a field was refused."""
        self.full_clean()
        given = {field.name: self.given(field) for field in self.settings}
        try:
            return again.again(self.run, given, downstream="downstream" in self.data, by=by)
        except FormInvalid as refused:
            for name, problem in refused.errors.items():
                self.add_error(name if name in self.fields else None, problem)
        return None

    def given(self, field: Field) -> Any:
        """What a browser sent of a field: a box without its tick is not sent, and an empty field is a default."""
        value = self.data.get(field.name, "")
        if field.type == "boolean":
            return field.name in self.data
        if not value:
            return "" if field.required else field.default
        return [item.strip() for item in value.strip("[]").split(",")] if is_list(field) else value
