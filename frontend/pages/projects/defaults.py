"""What the project at work begins with where nobody says otherwise."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import escape

from annotation.judges.config import registry
from annotation.judges.runs.monthly_budget import this_month
from annotation.models import ProjectDefaults
from annotation.models.defaults import FEWEST_DAYS, MOST_DAYS, MOST_DOLLARS, MOST_OVERLAP
from frontend.pages.projects.project import found
from frontend.presenters.judges.judge_choices import USUAL
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.words import counted
from training import project_defaults as defaults
from training import specs
from training.runs import retention


class DefaultsForm(forms.Form):
    """What somebody has no right to is shown and cannot be changed."""

    guidelines = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "code"}),
        help_text="Markdown. New collections start with it. A collection without guidelines of its own shows it.",
    )
    overlap = forms.IntegerField(
        min_value=1,
        max_value=MOST_OVERLAP,
        label="Judgments per pair",
        help_text="New collections want so many judgments from people for each pair.",
    )
    judge = forms.ChoiceField(
        required=False, help_text="Judging runs, evaluations, benchmarks and trials begin with it."
    )
    budget = forms.FloatField(
        min_value=0,
        max_value=MOST_DOLLARS,
        required=False,
        label="Budget of a run",
        help_text="US dollars that a run of a judge may spend where nobody says otherwise.",
    )
    monthly_budget = forms.FloatField(
        min_value=0,
        max_value=MOST_DOLLARS,
        required=False,
        label="Limit for a month",
        help_text="US dollars for all judges of the project in a calendar month (UTC). Empty is no limit.",
    )
    keep_raw_days = forms.IntegerField(
        min_value=FEWEST_DAYS,
        max_value=MOST_DAYS,
        required=False,
        label="Keep raw records for … days",
        help_text=f"At least {FEWEST_DAYS}. Empty is for ever.",
    )
    template = forms.ChoiceField(
        required=False,
        label="Chat template",
        help_text="For SFT, sampling and chat with a checkpoint that has no template of its own.",
    )

    def __init__(self, by: User, data: QueryDict | None) -> None:
        super().__init__(data, initial=defaults.current())
        known = dict.fromkeys([*registry.names(), *filter(None, [self.initial["judge"]])])
        self.offer("judge", [("", f"As the studio proposes: {USUAL}"), *((name, name) for name in known)])
        self.offer("template", [("", "As each kind of run has it"), *specs.named_templates()])
        for name, field in self.fields.items():
            if not by.can(right := defaults.RIGHTS[name]):
                field.disabled = True
                field.help_text += f" To change it you need the right to {right}."

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def change(self, by: User) -> list[str]:
        """The names of those that changed; what is refused stands at its field."""
        try:
            return defaults.change(by, self.cleaned_data)
        except ValidationError as refused:
            self.add_error(None, refused)
            return []


@requires(Capability.READ_DATA)
def project_defaults(request: HttpRequest) -> HttpResponse:
    user = asker(request)
    form = DefaultsForm(user, request.POST or None)
    if form.is_valid():
        changed = form.change(user)
        if form.is_valid():
            messages.success(request, said(changed))
            return redirect("project_defaults")
    context = {"project": found(), "form": form, "month": this_month()} | retained(ProjectDefaults.here())
    context["changes"] = any(user.can(right) for right in defaults.RIGHTS.values())
    return render(request, "projects/defaults.html", context)


def said(changed: list[str]) -> str:
    """What was done; "nothing that exists changes" is not true of what is erased."""
    done = f"{counted(len(changed), 'default')} changed."
    if "keep_raw_days" not in changed:
        return f"{done} What exists stays as it is."
    return f"{done} {says_of_night(ProjectDefaults.here().keep_raw_days)}"


def retained(known: ProjectDefaults) -> dict[str, Any]:
    last = retention.last_night(known) if known.erased_at else None
    return {"known": known, "last": last, "next_night": says_of_night(known.keep_raw_days)}


def says_of_night(days: int | None) -> str:
    """What the next night would do."""
    if days is None:
        return "Raw records stay for ever."
    found = retention.would_go_at_most(days)
    return f"With {counted(days, 'day')}, the next night erases: {found.words}."


@requires(Capability.MANAGE_DATA)
def erased_next(request: HttpRequest) -> HttpResponse:
    """A part of the page: what would go with the days that somebody types."""
    field = DefaultsForm.base_fields["keep_raw_days"]
    try:
        says = says_of_night(field.clean(request.GET.get("keep_raw_days", "")))
    except ValidationError as error:
        says = " ".join(error.messages)
    return HttpResponse(escape(says))
