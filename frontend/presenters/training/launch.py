"""The form that launches a run: what it starts from and reads, the settings people change first, and all the others.

Types, bounds, defaults and help come from `training.runs.forms`. Two settings are lists of objects, which nobody wants
to write by hand: a draw of `sample` and the comparisons of `evaluate` are fields here, and folded back.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone
from msgspec import structs

from annotation.datasets.shares import readable
from annotation.judges.config import registry
from annotation.models import Author, Collection, Pair, Version
from frontend.presenters.judges import judge_choices
from frontend.presenters.training.launch_fields import (
    DRAWN,
    NOUNS,
    CheckpointChoice,
    CheckpointOfKindChoice,
    CheckpointsChoice,
    VersionChoice,
    amount,
    choices,
    draw_fields,
    form_field,
    is_list,
    one_or_several,
)
from frontend.presenters.training.mixture_fields import (
    NAMES,
    OFFERED,
    SHARES,
    mixture_fields,
    weight_errors,
    weights,
)
from studio.accounts.models import User
from studio.http.parsing import listed_ids, row_id
from studio.words import plural
from training import specs
from training.checkpoints.chat_templates import OWN
from training.checkpoints.shares import usable
from training.models import Checkpoint, Run, Worker
from training.models.runs import LONGEST_NAME
from training.models.workers import SILENT_AFTER
from training.recipes.rehearsals import starting
from training.runs import forms as settings_forms
from training.runs import launching, previews, priorities
from training.runs.forms import Field, FormInvalid
from training.runs.kinds import KINDS, accepted, launched_by_form, right_to
from training.token_previews import TokenPreview
from training.worker.presence import machine

# Settings that the form asks for under another name.
SHOWN_AS = {"comparisons": "compared", "shares": "weight_train"}
# Checkpoints that a kind loads besides: what comes of several.
LOADED = {
    "reward_models": "Each scores by itself, and their scores become one.",
    "others": "Of the same architecture and vocabulary as the first.",
    "policies": "Each answers the same prompts, one after the other.",
}
# What a form leaves to the checkpoint.
BY_CHECKPOINT = "The checkpoint’s own, or {} where it has none"


def launchable(by: User) -> list[tuple[str, str]]:
    """The kinds of runs that a person may launch, with their labels; a recipe has a page of its own."""
    return [(kind, KINDS[kind].label) for kind in plain() if by.can(right_to(kind))]


def plain() -> list[str]:
    """The kinds that have a form here."""
    return [kind for kind in launched_by_form() if kind != Run.Kind.RECIPE]


def reading(version: Version, by: User) -> list[tuple[str, str]]:
    """The kinds of runs that can read a version and that a person may launch, each with what its button says."""
    known = KINDS.items()
    return [(name, kind.button[1]) for name, kind in known if kind.reads(version.kind) and by.can(kind.right)]


def starting_from(checkpoint: Checkpoint, by: User) -> list[tuple[str, str]]:
    """The same for those that can start from a checkpoint."""
    known = KINDS.items()
    return [(name, kind.button[1]) for name, kind in known if checkpoint.kind in kind.bases and by.can(kind.right)]


class LaunchForm(forms.Form):
    """The form of one kind of run. `launch` raises nothing: what is refused stands at its field."""

    def __init__(
        self, kind: str, data: QueryDict | None = None, begin: QueryDict | None = None, by: User | None = None
    ) -> None:
        super().__init__(data, initial=begin.dict() if begin else {}, auto_id="run_%s")
        self.kind, self.known = kind, KINDS[kind]
        self.fields["name"] = forms.CharField(
            max_length=LONGEST_NAME,
            required=False,
            help_text="A checkpoint or a version that it makes has this name too.",
            widget=forms.TextInput(attrs={"placeholder": "Named by what it does"}),
        )
        self.add_origin(begin)
        self.judges = registry.loaded() if self.known.asks_a_judge else []
        for field in self.settings():
            if self.judges and field.name == "judge":
                self.offer_judges(field)
            else:
                self.fields[field.name] = form_field(field, choices(field))
        self.fields["priority"] = forms.ChoiceField(
            choices=priorities.offered(by), required=False, help_text=priorities.HELP
        )
        if self.known.answers_in_a_template:
            self.leave_template_to_checkpoint()
        if kind == Run.Kind.EVALUATE:
            self.add_comparisons(begin)
        if kind == Run.Kind.JUDGE:
            self.propose()
        if kind == Run.Kind.BENCHMARK:
            self.add_measured(begin)

    def offer_judges(self, field: Field) -> None:
        offered = judge_choices.offered(self.judges, self.kind, self.data.get("judge", ""))
        self.fields["judge"] = form_field(field, offered.names)
        self.fields["judge"].error_messages["required"] = "Choose a judge."
        self.fields["judge"].help_text += offered.lacking

    def leave_template_to_checkpoint(self) -> None:
        """SFT's own template has no default: the checkpoint's comes first. Sampling's is the checkpoint's."""
        field, known = self.fields["template"], next(one for one in self.settings() if one.name == "template")
        assert isinstance(field, forms.ChoiceField)
        if known.default == OWN:
            return
        without = BY_CHECKPOINT.format(known.default)
        field.choices = [("", without), *((name, name) for name in known.choices)]
        field.required, field.initial = False, None

    def propose(self) -> None:
        """The project's judge, or what most want: the paper's own, on the newest collection that has pairs."""
        proposed = judge_choices.proposed().name
        if any(judge.name == proposed for judge in self.judges):
            self.initial.setdefault("judge", proposed)
        pairs = Pair.objects.filter(collection=OuterRef("pk"))
        newest = Collection.objects.filter(Exists(pairs)).order_by("-pk").first()
        if newest and not self.initial.get("version") and not self.initial.get("pairs"):
            self.initial.setdefault("collection", newest.slug)

    def add_origin(self, begin: QueryDict | None) -> None:
        """The checkpoint and the versions; one that the address names is chosen, else the newest."""
        if self.known.starts_from:
            found = usable().filter(kind__in=self.known.bases).order_by("-id")
            choice = CheckpointChoice if len(self.known.bases) == 1 else CheckpointOfKindChoice
            self.fields["checkpoint"] = choice(
                found, empty_label="Choose a checkpoint", error_messages={"required": "Choose a checkpoint."}
            )
        if self.known.refers_to:
            self.fields["reference"] = CheckpointChoice(
                usable().filter(kind=self.known.refers_to).order_by("-id"),
                required=False,
                empty_label="The checkpoint that it starts from",
                help_text="What the model is held against: how far it may leave it is the price that beta sets.",
            )
        for role, wanted in self.known.loads.items():
            self.fields[f"loads_{role}"] = CheckpointsChoice(
                usable().filter(kind=wanted).order_by("-id"),
                required=role in self.known.least,
                label=f"{'' if role in self.known.least else 'More '}{role.replace('_', ' ')}".strip().capitalize(),
                help_text=f"{LOADED[role]} Ctrl or ⌘ chooses several.",
            )
        for role, kind in self.roles.items():
            versions = self.versions(kind)
            nouns = " or ".join(plural(NOUNS[one]) for one in accepted(kind))
            label = role.replace("_", " ").capitalize() if role != "train" else f"Train on {nouns}"
            self.fields[f"input_{role}"] = VersionChoice(
                versions,
                label=label,
                empty_label="Choose a dataset",
                required=role in self.known.inputs,
                error_messages={"required": f"Choose a dataset of {nouns}."},
            )

        if self.known.beside:
            self.fields |= mixture_fields(self.versions(self.known.beside[OFFERED[0]]))
        if begin and (version := readable().filter(pk=row_id(begin.get("version")) or 0).first()):
            self.choose(version)

    def versions(self, kind: str) -> QuerySet[Version]:
        known = readable() if self.known.reads_shared else Version.objects.all()
        return known.filter(kind__in=accepted(kind)).select_related("project").order_by("-id")

    def choose(self, version: Version) -> None:
        """For the input that it can be; for one that may be left out only where no other is it."""
        fitting = (role for role, kind in self.known.optional.items() if version.kind in accepted(kind))
        if role := self.known.reads(version.kind) or next(fitting, None):
            self.initial[f"input_{role}"] = version.pk

    @property
    def roles(self) -> dict[str, str]:
        return self.known.inputs | self.known.optional

    def add_comparisons(self, begin: QueryDict | None) -> None:
        policies = usable().filter(kind=Checkpoint.Kind.POLICY).order_by("-id")
        self.fields["compared"] = CheckpointsChoice(policies, label="Checkpoints")
        self.fields["baseline"] = CheckpointChoice(policies, required=False, empty_label="None: scores only")
        if begin and begin.get("checkpoint"):
            self.initial["compared"] = [begin["checkpoint"]]

    def add_measured(self, begin: QueryDict | None) -> None:
        """Who is measured against whom, chosen by name."""
        models = Author.objects.filter(kind=Author.Kind.MODEL).order_by("name")
        self.fields["authors"] = forms.ModelMultipleChoiceField(
            models, label="Models", help_text="Ctrl or ⌘ chooses several."
        )
        self.fields["baseline"] = forms.ModelChoiceField(models, required=False, empty_label="None")
        if begin and begin.get("author"):
            self.initial["authors"] = begin.getlist("author")

    def settings(self) -> Iterator[Field]:
        for field in launching.fields(self.kind):
            if field.name == "draws":
                yield from draw_fields()
            elif field.name not in ("comparisons", SHARES):
                yield field

    @property
    def origin(self) -> list[forms.BoundField]:
        """What it starts from and reads; of what may be left out only the first."""
        reads = [*self.known.inputs, *list(self.known.optional)[:1]]
        above = ["checkpoint", *(f"input_{role}" for role in reads)]
        return [self[name] for name in above if name in self.fields]

    @property
    def mixture(self) -> list[forms.BoundField]:
        """Datasets beside the first one of a trainer, and the weights of all."""
        return [self[name] for name in NAMES if name in self.fields]

    @property
    def mixture_is_open(self) -> bool:
        return any(bound.errors or bound.data for bound in self.mixture if bound.name != "mixed_rows")

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.known.first if name in self.fields]

    @property
    def chosen_pairs(self) -> int:
        """How many pairs the address names, in place of a collection."""
        given = str(self["pairs"].value() or "") if self.kind == Run.Kind.JUDGE else ""
        return len(listed_ids(given))

    @property
    def others(self) -> list[forms.BoundField]:
        above = {"name", *self.known.first, *NAMES, *(bound.name for bound in self.origin)}
        return [bound for bound in self if bound.name not in above]

    @property
    def others_by_theme(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Under headings, those of the kind itself first; without a heading where there is one only."""
        own = getattr(self.known.settings, "THEME", "")
        themes = {field.name: field.theme for field in self.settings()}
        found: dict[str, list[forms.BoundField]] = {own: []}
        for bound in self.others:
            found.setdefault(themes.get(bound.name) or own, []).append(bound)
        groups = [(theme, fields) for theme, fields in found.items() if fields]
        return groups if len(groups) > 1 else [("", fields) for _, fields in groups]

    @property
    def others_have_errors(self) -> bool:
        return any(bound.errors for bound in self.others)

    @property
    def act(self) -> str:
        """What the button says it does."""
        before, alone = self.known.button
        return f"{before} {self.reads}" if self.reads else alone

    @property
    def reads(self) -> str:
        """How much the chosen version holds, in words; of a mixture nobody knows before it is drawn."""
        for role in self.roles:
            chosen = row_id(str(self[f"input_{role}"].value()))
            version = readable().filter(pk=chosen or 0).first()
            if version:
                return amount(version)
        return ""

    def launch(self, by: User, first_steps: bool = False) -> Run | None:
        """The run, or that of its first steps; None where a field was refused. Each says why, all in one round."""
        if not self.is_bound:
            return None  # A request without a body: the form stands as it was.
        is_whole = self.is_valid()
        inputs, checkpoint, settings = self.inputs, self.cleaned_data.get("checkpoint"), self.folded()
        errors = self.draw_errors() | self.mixture_errors()
        if is_whole and not errors:
            try:
                reference = self.cleaned_data.get("reference")
                loads = {role: list(self.cleaned_data[f"loads_{role}"]) for role in self.known.loads}
                if first_steps:
                    beside: dict[str, Any] = {"reference": reference, "loads": loads}
                    return starting.first_steps(self.kind, settings, checkpoint, inputs, **beside, by=by)
                return launching.launch(
                    self.kind,
                    settings,
                    name=self.cleaned_data["name"],
                    checkpoint=checkpoint,
                    reference=reference,
                    loads=loads,
                    inputs=inputs,
                    by=by,
                    priority=self.cleaned_data["priority"],
                )
            except FormInvalid as refused:
                errors = refused.errors
        else:
            errors |= launching.checked(self.kind, settings, checkpoint, inputs)[1]
        for name, problem in errors.items():
            field, words = self.placed(name, problem)
            if not (field and self.has_error(field)) and not (name == "draws" and len(errors) > 1 and not field):
                self.add_error(field, words)
        return None

    @property
    def inputs(self) -> dict[str, Version]:
        """The versions that were chosen, by role."""
        roles = (*self.roles, *(OFFERED if self.known.beside else ()))
        given = {role: self.cleaned_data.get(f"input_{role}") for role in roles}
        return {role: version for role, version in given.items() if version}

    def preview(self) -> TokenPreview:
        """What the run would learn. Raises FormInvalid and ModelServerError."""
        self.is_valid()
        inputs, checkpoint = self.inputs, self.cleaned_data.get("checkpoint")
        errors = {} if checkpoint else {"checkpoint": "choose one."}
        errors |= {} if inputs else {"dataset": "choose one."}
        if errors:
            raise FormInvalid(errors)
        return previews.preview(self.kind, self.folded(), checkpoint, inputs)

    def draw_errors(self) -> dict[str, str]:
        """What is wrong with the fields of a draw, each at its own."""
        if self.kind != Run.Kind.SAMPLE:
            return {}
        infos = [info for info in structs.fields(specs.Draw) if info.name in DRAWN]
        return settings_forms.values_of(infos, draw_fields(), self.draw)[1]

    def mixture_errors(self) -> dict[str, str]:
        return weight_errors(self.data) if self.known.beside else {}

    @property
    def draw(self) -> dict[str, Any]:
        given = {name: self.data[name] for name in DRAWN if self.data.get(name)}
        return given | ({"stop": one_or_several(given["stop"])} if "stop" in given else {})

    def folded(self) -> dict[str, Any]:
        """What was chosen, as the settings of the kind."""
        given = settings_forms.posted(self.kind, {name: self.data.get(name) for name in self.fields})
        for field in self.settings():
            if is_list(field) and field.name in given:
                given[field.name] = [item.strip() for item in given[field.name].strip("[]").split(",")]
        if self.known.beside and not self.mixture_errors():
            given[SHARES] = list(weights(self.data).values())
        if self.kind == Run.Kind.SAMPLE:
            given["draws"] = [{}] if self.draw_errors() else [self.draw]
        if self.kind == Run.Kind.EVALUATE:
            baseline = self.cleaned_data.get("baseline")
            given["comparisons"] = [
                {"checkpoint": one.pk, "baseline": baseline.pk if baseline else None}
                for one in self.cleaned_data.get("compared", [])
            ]
        if self.kind == Run.Kind.BENCHMARK:
            given["authors"] = [author.pk for author in self.cleaned_data.get("authors", [])]
        return given

    def placed(self, name: str, problem: str) -> tuple[str | None, str]:
        """The form's field for a setting's error; None where no field is to blame alone."""
        field = SHOWN_AS.get(name, name.replace("inputs.", "input_").replace("loads.", "loads_"))
        if name == "draws":
            field, _, problem = problem.removesuffix(" at [0].").partition(": ")
        return field if field in self.fields else None, problem if field in self.fields else f"{name}: {problem}"


def missing_parts(queue: str) -> list[str]:
    """Packages that whoever serves a queue lacks; where nobody is there, those that this process lacks."""
    alive = Worker.objects.filter(queue__contains=queue, last_seen_at__gt=timezone.now() - SILENT_AFTER)
    details = list(alive.values_list("details", flat=True)) or [machine()]
    return min((list(found.get("missing", [])) for found in details), key=len)
