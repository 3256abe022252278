"""Before and after a judging run: its forecast, a trial, and the answers that wait to be repaired."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.judges.config.registry import Judge, JudgeInvalid, ready
from annotation.judges.runs import repairs
from annotation.judges.runs.forecasts import forecast
from annotation.judges.runs.monthly_budget import this_month
from annotation.judges.runs.repairs import RepairRefused
from annotation.judges.runs.trial import try_out
from annotation.models import Author, Collection, JudgeCall
from frontend.pages.review.review import GRADES
from frontend.presenters.judges.judge_runs import act_of, budget_for
from frontend.presenters.judges.repairs import behind, listed, queue
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import listed_ids, row_id, row_ids
from studio.words import counted
from training.runs import judging
from training.runs.forms import FormInvalid


class ChosenForm(forms.Form):
    """What the form of a judging run has chosen so far."""

    judge = forms.CharField()
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug", required=False)
    source = forms.CharField(required=False)
    pairs = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("collection") and not cleaned.get("pairs"):
            raise forms.ValidationError("Choose a collection.")
        return cleaned

    def clean_pairs(self) -> list[int]:
        return listed_ids(self.cleaned_data["pairs"])

    def clean_judge(self) -> Judge:
        try:
            return ready(self.cleaned_data["judge"])
        except JudgeInvalid as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def said(self) -> dict[str, Any]:
        given = self.cleaned_data
        slug = given["collection"].slug if given["collection"] else ""
        return {"collection": slug, "source": given["source"], "pairs": given["pairs"]}

    def chosen(self) -> Any:
        return judging.pairs_in(self.said)


@requires(Capability.RUN_JUDGES)
def judging_forecast(request: HttpRequest) -> HttpResponse:
    """What the run would take, as a part of the page that launches it."""
    if request.GET.get("input_responses"):
        return render(request, "judge_runs/forecast.html", {"responses": True})
    form = ChosenForm(request.GET)
    if not form.is_valid():
        return render(request, "judge_runs/forecast.html", {})
    try:
        found = forecast(form.cleaned_data["judge"], form.chosen())
    except JudgeInvalid as error:
        return render(request, "judge_runs/forecast.html", {"refused": str(error)})
    month = this_month()
    context = {"forecast": found, "act": act_of(found), "budget": budget_for(found.price.value, month.at_most())}
    context |= {"flagged": judging.flagged_in(form.said), "month": month}
    return render(request, "judge_runs/forecast.html", context)


@require_POST
@requires(Capability.RUN_JUDGES)
def judging_trial(request: HttpRequest) -> HttpResponse:
    """Five pairs put to the judge, as a part of the page that launches it."""
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return render(request, "judge_runs/trial.html", {"refused": "Choose a judge and a collection first."})
    try:
        found = try_out(form.cleaned_data["judge"], form.chosen())
    except JudgeInvalid as error:
        return render(request, "judge_runs/trial.html", {"refused": str(error)})
    return render(request, "judge_runs/trial.html", {"trial": found})


@requires(Capability.READ_DATA)
def repair(request: HttpRequest) -> HttpResponse:
    """The answers that wait, one at a time, and where among them we are."""
    context = queue(request.GET) | {"grades": GRADES, "may_repair": asker(request).can(Capability.MANAGE_DATA)}
    return render(request, "judge_runs/repair.html", context)


class VerdictForm(forms.Form):
    grade = forms.IntegerField(min_value=1, max_value=7, required=False)
    first = forms.FloatField(required=False)
    second = forms.FloatField(required=False)


@require_POST
@requires(Capability.MANAGE_DATA)
def repair_verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """The verdict that a person reads in an answer; then the next answer."""
    call = get_object_or_404(JudgeCall.objects.select_related("pair", "author"), pk=pk, pair__isnull=False)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a grade from 1 to 7, or scores as numbers.")
        return back(request, at=pk)
    grade, first, second = (form.cleaned_data[name] for name in ("grade", "first", "second"))
    scores = None if first is None else (first, second)
    try:
        repairs.repair(call, asker(request), grade=None if grade is None else grade - 4, scores=scores)
    except (RepairRefused, JudgeInvalid) as refused:
        messages.error(request, getattr(refused, "message", str(refused)))
        return back(request, at=pk)
    return back(request, at=behind(request.POST, pk))


@require_POST
@requires(Capability.RUN_JUDGES)
def repair_again(request: HttpRequest) -> HttpResponse:
    """One answer, or with `all` every one of the list, is asked for again by a run of its own."""
    calls = listed(request.POST)
    if "all" not in request.POST:
        calls = repairs.waiting().filter(pk__in=row_ids(request.POST.getlist("call")))
    pairs: dict[int, list[int]] = {}
    for author, pair in calls.order_by("author", "pair").values_list("author", "pair").distinct():
        pairs.setdefault(author, []).append(pair)
    for author, wanted in Author.objects.in_bulk(list(pairs)).items():
        try:
            run = judging.ask_again(wanted, pairs[author], asker(request))
        except FormInvalid as refused:
            messages.error(request, "; ".join(refused.errors.values()))
        else:
            messages.success(request, f"{run} has been launched.")
    return back(request, at=behind(request.POST, row_id(request.POST.get("at")) or 0))


@require_POST
@requires(Capability.MANAGE_DATA)
def repair_reparse(request: HttpRequest) -> HttpResponse:
    """Every stored answer of the judge is read again."""
    author = get_object_or_404(Author, pk=row_id(request.POST.get("judge")), kind=Author.Kind.JUDGE)
    try:
        read = repairs.reparse(author)
    except JudgeInvalid as error:
        messages.error(request, str(error))
    else:
        words = f"{counted(read.answers, 'answer')} read, {read.changed:,} otherwise than before"
        messages.success(request, f"{words}; the verdict on {counted(read.verdicts, 'pair')} changed.")
    return back(request, at=None)


def back(request: HttpRequest, at: int | None) -> HttpResponse:
    query = QueryDict(mutable=True)
    query.update({name: request.POST[name] for name in ("judge", "run") if request.POST.get(name)})
    if at:
        query["at"] = str(at)
    return redirect(f"{reverse('repair')}?{query.urlencode()}")
