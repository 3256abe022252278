"""The typed form of a kind of run in the admin's dress."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from annotation.models import Version
from studio.accounts.models import User
from studio.projects.scope import inside, one_here
from training.checkpoints.shares import usable
from training.models import Checkpoint, Run
from training.models.runs import LONGEST_NAME
from training.runs import launching, priorities
from training.runs.forms import Field, FormInvalid, posted
from training.runs.kinds import KINDS, accepted
from training.specs.mixtures import BESIDE

WIDGETS: dict[str, type[forms.Widget]] = {
    # A browser sends nonsense in a field of numbers as nothing, and nobody could say what is wrong with it.
    "integer": UnfoldAdminTextInputWidget,
    "number": UnfoldAdminTextInputWidget,
    "boolean": UnfoldBooleanSwitchWidget,
    "text": UnfoldAdminTextInputWidget,
    "json": UnfoldAdminTextareaWidget,
}
INPUT = "input_"
LOADS = "loads_"


class LaunchForm(forms.Form):
    """A run of `kind`. What is wrong with a setting is said by the same code as everywhere else."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: named by what it does.",
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, known = kind, KINDS[kind]
        if known.starts_from:
            self.fields["checkpoint"] = choice(usable().filter(kind__in=known.bases), "It starts from this.")
        if known.refers_to:
            against = usable().filter(kind=known.refers_to)
            says = "It is held against this; empty: what it starts from."
            self.fields["reference"] = choice(against, says, required=False)
        for role, besides in known.loads.items():
            self.fields[LOADS + role] = several(usable().filter(kind=besides), "It loads these besides.")
        beside = {role: known.beside[role] for role in BESIDE[:4] if known.beside}
        for role, wanted in (known.inputs | known.optional | beside).items():
            versions = Version.objects.filter(kind__in=accepted(wanted))
            readable = " or ".join(accepted(wanted))
            self.fields[INPUT + role] = choice(versions, f"A version of {readable}.", required=role in known.inputs)
        self.fields |= {field.name: setting(field) for field in launching.fields(kind)}
        self.fields["priority"] = forms.ChoiceField(
            choices=[("", "Normal"), ("low", "Low"), ("high", "High")],
            required=False,
            widget=UnfoldAdminSelectWidget,
            help_text=priorities.HELP,
        )

    def clean(self) -> dict[str, Any]:
        """The admin site works everywhere: a run belongs where what it reads does."""
        given = super().clean() or self.cleaned_data
        rows = [row for value in given.values() for row in (value if isinstance(value, QuerySet) else [value])]
        places = {row.project_id for row in rows if isinstance(row, Checkpoint | Version)}
        if len(places) > 1:
            raise forms.ValidationError("These are of different projects. Choose all of one.")
        self.place = places.pop() if places else one_here()
        if self.place is None:
            raise forms.ValidationError("Nothing here says in which project. Launch this on the pages of one.")
        return given

    def launch(self, by: User) -> Run | None:
        """The run; None where a field is wrong, and then each that is says what would be right."""
        is_whole, given = self.is_valid(), self.cleaned_data
        roles = [name.removeprefix(INPUT) for name in self.fields if name.startswith(INPUT)]
        inputs = {role: given[INPUT + role] for role in roles if given.get(INPUT + role)}
        settings, checkpoint = posted(self.kind, self.data), given.get("checkpoint")
        if is_whole:
            try:
                with inside(self.place):
                    return launching.launch(
                        self.kind,
                        settings,
                        name=given["name"],
                        checkpoint=checkpoint,
                        reference=given.get("reference"),
                        loads={role: list(given[LOADS + role]) for role in KINDS[self.kind].loads},
                        inputs=inputs,
                        by=by,
                        priority=given["priority"],
                    )
            except FormInvalid as error:
                errors = error.errors
        else:
            errors = launching.checked(self.kind, settings, checkpoint, inputs)[1]
        for name, problem in errors.items():
            field = name.replace("inputs.", INPUT).replace("loads.", LOADS)
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, problem)
        return None


def choice(queryset: QuerySet[Any], help_text: str, required: bool = True) -> forms.ModelChoiceField[Any]:
    return forms.ModelChoiceField(
        queryset.order_by("-pk"), required=required, widget=UnfoldAdminSelectWidget, help_text=help_text
    )


def several(queryset: QuerySet[Any], help_text: str) -> forms.ModelMultipleChoiceField[Any]:
    return forms.ModelMultipleChoiceField(
        queryset.order_by("-pk"), required=False, widget=UnfoldAdminSelectMultipleWidget, help_text=help_text
    )


def setting(field: Field) -> forms.Field:
    """Checked when the run is launched, so here anything that was typed is taken."""
    made = forms.BooleanField if field.type == "boolean" else forms.CharField
    initial = field.default if field.type == "boolean" else field.initial
    return made(label=field.label, help_text=field.help, initial=initial, required=False, widget=widget(field))


def widget(field: Field) -> forms.Widget:
    dress = WIDGETS.get(field.type, UnfoldAdminSelectWidget)
    if field.is_long:
        dress = UnfoldAdminTextareaWidget
    worn: forms.Widget = dress(choices=[(one, one) for one in field.choices]) if field.choices else dress()
    if field.is_numeric:
        worn.attrs["inputmode"] = "numeric" if field.type == "integer" else "decimal"
    if field.placeholder:
        worn.attrs["placeholder"] = field.placeholder
    return worn
