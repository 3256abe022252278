"""The form that starts a recipe: what it needs, what stands in for its stages, and what it leaves to choose."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django import forms
from django.http import QueryDict

from annotation.datasets.shares import readable
from annotation.judges.config import registry
from annotation.models import Author, Collection
from frontend.presenters.judges import judge_choices
from frontend.presenters.training.launch_fields import NOUNS, CheckpointChoice, VersionChoice, form_field
from studio.accounts.models import User
from studio.words import plural
from training.checkpoints.shares import usable
from training.models import Run
from training.models.runs import LONGEST_NAME
from training.recipes import built, files, orchestration
from training.recipes.files import RecipeFile
from training.recipes.plans.plan import Plan, planned_for
from training.recipes.rehearsals import starting
from training.recipes.rehearsals.cost import Cost, cost_for
from training.recipes.stages import CHECKPOINTS, Need, Recipe
from training.runs import forms as settings_forms
from training.runs import priorities
from training.runs.forms import FormInvalid
from training.runs.kinds import accepted
from training.runs.launching import rows_of
from training.specs import LARGE

BEFORE = {"input": "inputs", "given": "given", "option": "options"}


class RecipeForm(forms.Form):
    """Of a recipe of the studio at one scale, or of one that a file describes.

    `start` raises nothing: what is refused stands at its field.
    """

    def __init__(
        self,
        recipe: Recipe | None,
        scale: str = "",
        file: RecipeFile | None = None,
        data: QueryDict | None = None,
        by: User | None = None,
    ) -> None:
        super().__init__(data, auto_id="recipe_%s")
        self.recipe, self.scale = recipe, scale
        self.file = file or built({"recipe": recipe.name if recipe else "", "scale": scale})
        self.needs = dict(files.pipeline(self.file).needs)
        stands_in = recipe.stands_in if recipe else {}
        self.stands_in = {name: need for name, need in stands_in.items() if name not in self.needs}
        self.more = dict(recipe.more) if recipe else {}
        for name, need in (self.needs | self.stands_in | self.more).items():
            self.fields[field_name(name, need)] = self.need_field(name, need)
        if recipe:
            for option in settings_forms.fields_of(recipe.options):
                self.fields[f"option_{option.name}"] = form_field(option, option.choices)
            self.fields["seed"] = forms.IntegerField(
                min_value=0,
                max_value=LARGE - 1,
                initial=0,
                required=False,
                help_text="Fixes every random choice. Another seed, another pipeline.",
            )
        self.fields["name"] = forms.CharField(
            max_length=LONGEST_NAME,
            required=False,
            widget=forms.TextInput(attrs={"placeholder": "Named by what it does"}),
        )
        self.fields["priority"] = forms.ChoiceField(
            choices=priorities.offered(by), required=False, help_text=priorities.HELP
        )

    def need_field(self, name: str, need: Need) -> forms.Field:
        is_needed = name in self.needs and not need.is_made
        about: dict[str, Any] = {"label": name.replace("_", " ").capitalize(), "required": is_needed}
        about["help_text"] = need.help
        empty = "Choose" if is_needed else "The recipe makes it"
        if need.is_version:
            found = readable().filter(kind__in=accepted(need.kind)).select_related("project").order_by("-id")
            nouns = " or ".join(plural(NOUNS[one]) for one in accepted(need.kind))
            return VersionChoice(found, empty_label=f"{empty} {nouns}" if is_needed else empty, **about)
        if need.kind in CHECKPOINTS:
            found_checkpoints = usable().filter(kind=need.kind).order_by("-id")
            return CheckpointChoice(found_checkpoints, empty_label=f"{empty} a checkpoint", **about)
        if need.kind == "collection":
            return forms.ModelChoiceField(
                Collection.objects.order_by("slug"), to_field_name="slug", empty_label="None", **about
            )
        if need.kind == "author":
            models = Author.objects.filter(kind=Author.Kind.MODEL).order_by("name")
            return forms.ModelChoiceField(models, empty_label="None", **about)
        judges = judge_choices.offered(registry.loaded(), Run.Kind.JUDGE, self.data.get(f"given_{name}", "")).names
        # The one that evaluates must be another: nobody proposes it.
        initial = need.default or (judge_choices.proposed().name if name == Run.Kind.JUDGE else "")
        choices = [("", "Choose a judge" if name in self.needs else "None"), *((one, one) for one in judges)]
        return forms.ChoiceField(choices=choices, initial=initial, **about)

    def bound(self, names: Iterator[str]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def needed(self) -> list[forms.BoundField]:
        """What somebody must give."""
        shown = ((name, need) for name, need in self.needs.items() if not need.is_made)
        return self.bound(field_name(name, need) for name, need in shown)

    @property
    def already_there(self) -> list[forms.BoundField]:
        """What may be given in place of what the recipe makes."""
        made = {name: need for name, need in self.needs.items() if need.is_made}
        return self.bound(field_name(name, need) for name, need in (made | self.stands_in).items())

    @property
    def measured(self) -> list[forms.BoundField]:
        """What may be given besides."""
        return self.bound(field_name(name, need) for name, need in self.more.items())

    @property
    def has_measured(self) -> bool:
        return any(bound.value() or bound.errors for bound in self.measured)

    @property
    def others(self) -> list[forms.BoundField]:
        return self.bound(name for name in self.fields if not name.startswith(("input_", "given_")))

    @property
    def has_given_what_is_there(self) -> bool:
        return any(bound.value() or bound.errors for bound in self.already_there)

    def given(self, before: str) -> dict[str, Any]:
        """By need or option, what was chosen of the fields that begin so."""
        chosen = ((name, value) for name, value in self.cleaned_data.items() if value not in (None, ""))
        return {name.removeprefix(f"{before}_"): value for name, value in chosen if name.startswith(f"{before}_")}

    def settings(self) -> dict[str, Any]:
        given = {name: told(value) for name, value in self.given("given").items()}
        if self.recipe is None:
            return {"file": msgspec.to_builtins(self.file), "given": given}
        chosen = {"recipe": self.recipe.name, "scale": self.scale, "seed": self.cleaned_data.get("seed") or 0}
        return chosen | {"options": self.given("option"), "given": given}

    def plan(self) -> Plan | None:
        """What it would take with what is given so far; None where an option is refused, which then says why."""
        self.full_clean()
        # What is missing yet is no fault of a plan.
        for name in [name for name in self.errors if name.startswith(("input_", "given_"))]:
            del self.errors[name]
        try:
            return None if self.errors else planned_for(self.settings(), self.given("input"))
        except FormInvalid as refused:
            self.refuse(refused)
        return None

    def rehearsal_cost(self) -> Cost | None:
        """What a rehearsal would ask of judges, with what is given so far; None where an option is refused."""
        self.full_clean()
        # What is missing yet is said where it is rehearsed.
        for name in [name for name in self.errors if name.startswith(("input_", "given_"))]:
            del self.errors[name]
        try:
            return None if self.errors else cost_for(self.settings(), self.given("input"))
        except FormInvalid as refused:
            self.refuse(refused)
        return None

    def start(self, by: User, rehearses: bool = False) -> Run | None:
        """The run of the recipe, or of its rehearsal; None where a field was refused, each then says why."""
        self.full_clean()
        settings, inputs = self.settings(), self.given("input")
        try:
            # What stands in for a stage makes some needs none: those are neither asked for nor given.
            needs = files.pipeline(built(settings, rows_of(inputs))).needs
        except FormInvalid as refused:
            self.refuse(refused)
            return None
        for name in [*self.errors]:
            if name.startswith(("input_", "given_")) and name.partition("_")[2] not in needs:
                del self.errors[name]
        if self.errors:
            return None
        settings["given"] = {name: value for name, value in settings["given"].items() if name in needs}
        inputs = {name: version for name, version in inputs.items() if name in needs}
        begin = starting.rehearse if rehearses else orchestration.start
        try:
            told = {name: self.cleaned_data.get(name, "") for name in ("name", "priority")}
            return begin(settings, inputs=inputs, **told, by=by)
        except FormInvalid as refused:
            self.refuse(refused)
        return None

    def refuse(self, refused: FormInvalid) -> None:
        for name, problem in refused.errors.items():
            before, _, rest = name.partition(".")
            field = next((f"{start}_{rest}" for start, word in BEFORE.items() if word == before and rest), name)
            self.add_error(field if field in self.fields else None, problem)


def field_name(name: str, need: Need) -> str:
    return f"{'input' if need.is_version else 'given'}_{name}"


def told(value: Any) -> Any:
    """A collection by its slug, a row of another table by its id, a judge by its name."""
    return value.slug if isinstance(value, Collection) else getattr(value, "pk", value)
