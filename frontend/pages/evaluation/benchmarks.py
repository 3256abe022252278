"""Benchmarks in points: a result by category and turn, its questions, and one question with all that was said."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F, Q
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation.judges.runs import over_responses
from annotation.models import JudgeCall, Response
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.data.pairs import EXCERPT
from frontend.presenters.evaluation import benchmarks
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_ids
from training.evaluation.benchmarks import BENCHMARKS
from training.evaluation.leaderboards.comparability import refusal
from training.models import BenchmarkResult, BenchmarkVerdict

# Beside which a result can stand: the newest of them are offered.
OFFERED = 50
STATES = [("failed", "The judge failed"), ("varying", "Verdicts vary with the order")]


class AnswerFilters(Filters):
    q = forms.CharField(label="Search")
    category = forms.CharField(max_length=80)
    state = forms.ChoiceField(choices=[("", "Any"), *STATES])
    lowest = forms.FloatField(label="Value from")
    highest = forms.FloatField(label="Value to")

    by = {
        "q": lambda verdicts, words: verdicts.filter(
            Q(prompt__text__icontains=words) | Q(response__text__icontains=words)
        ),
        "category": lambda verdicts, category: verdicts.filter(prompt__category=category),
        "state": lambda verdicts, state: (
            verdicts.filter(value=None) if state == "failed" else verdicts.filter(details__entropy__gt=0)
        ),
        "lowest": lambda verdicts, value: verdicts.filter(value__gte=value),
        "highest": lambda verdicts, value: verdicts.filter(value__lte=value),
    }


ANSWERS = Listing(
    words="questions",
    filters=AnswerFilters,
    columns=(
        Column("number", "Question", sort="id"),
        Column("prompt", "Asks"),
        Column("category", "Category"),
        Column("turn_1", "Turn 1", number=True),
        Column("turn_2", "Turn 2", number=True),
        Column("value", "Value", sort="value", number=True, sparse=True),
    ),
    sort="number",
    placeholder="Search questions and answers",
    size=100,
)
# Where two answers were compared, nothing is told of single turns.
COMPARED = replace(ANSWERS, columns=tuple(one for one in ANSWERS.columns if not one.name.startswith("turn")))


@requires(Capability.READ_DATA)
def benchmark(request: HttpRequest, pk: int) -> HttpResponse:
    """A result, and others of the same judge, questions and baseline laid over it (`with`, up to five)."""
    result = shown_result(pk)
    chosen = row_ids(request.GET.getlist("with"))
    others = {other.pk: other for other in listed().filter(pk__in=chosen).exclude(pk=pk)}
    told = [
        (other, refusal(result, other)) for other in (others[one] for one in dict.fromkeys(chosen) if one in others)
    ]
    beside = [other for other, refused in told if not refused][: benchmarks.MOST - 1]
    results, is_relative = [result, *beside], result.kind.unit == "relative"
    context: dict[str, Any] = {
        "result": result,
        "results": results,
        "refused": [refused for _, refused in told if refused],
        "offered": offered(result),
        "chosen": {other.pk for other in beside},
        "by_category": benchmarks.by_category(results),
        "is_pair": benchmarks.is_pair(result),
        "is_relative": is_relative,
        # Of more than two models a table has no room for them.
        "tells_turns": len(results) <= 2 and not is_relative and not benchmarks.is_pair(result),
    }
    return render(request, "benchmarks/result.html", context)


def listed() -> Any:
    return BenchmarkResult.objects.select_related("run", "collection", "judge_author", "author__checkpoint")


def with_categories() -> list[str]:
    return [name for name, benchmark in BENCHMARKS.items() if benchmark.has_categories]


def shown_result(pk: int) -> BenchmarkResult:
    found: BenchmarkResult = get_object_or_404(listed(), pk=pk, benchmark__in=with_categories())
    return found


def offered(result: BenchmarkResult) -> list[BenchmarkResult]:
    alike = BenchmarkResult.objects.filter(
        benchmark=result.benchmark,
        judge=result.judge,
        prompts_digest=result.prompts_digest,
        baseline=result.baseline,
    )
    return list(alike.exclude(pk=result.pk).order_by("-pk").only("name", "value", "source", "benchmark")[:OFFERED])


@requires(Capability.READ_DATA)
def benchmark_answers(request: HttpRequest, pk: int) -> HttpResponse:
    result = shown_result(pk)
    context = {"result": result}
    listing = ANSWERS if result.figures.get("mode") == "single" else COMPARED
    return list_response(request, listing, listed_answers(result), "benchmarks/answers", context)


def listed_answers(result: BenchmarkResult) -> Rows:
    return BenchmarkVerdict.objects.filter(result=result).values(
        "id",
        "value",
        number=KeyTextTransform("question_id", "prompt__metadata"),
        category=F("prompt__category"),
        excerpt=Left("prompt__text", EXCERPT),
        turn_1=KT("details__turn_1"),
        turn_2=KT("details__turn_2"),
    )


@requires(Capability.READ_DATA)
def benchmark_answer(request: HttpRequest, pk: int, verdict: int) -> HttpResponse:
    """One question: both turns, what was answered, and what the judge said of it."""
    result = shown_result(pk)
    found = get_object_or_404(
        result.verdicts.select_related("prompt", "response__author", "judgment").defer(
            "prompt__search", "response__search"
        ),
        pk=verdict,
    )
    rivals = Response.objects.filter(pk__in=benchmarks.rival_ids(found)).select_related("author").defer("search")
    context: dict[str, Any] = {
        "result": result,
        "verdict": found,
        "turns": benchmarks.turns_of(found, list(rivals)),
        "judgments": benchmarks.judgments_of(found),
        "is_pair": bool(rivals),
        "beside": ANSWERS.beside(BenchmarkVerdict.objects.filter(result=result).values("id"), request.GET, verdict),
    }
    return render(request, "benchmarks/answer.html", context)


class PointsForm(forms.Form):
    call = forms.IntegerField()
    points = forms.FloatField()


@require_POST
@requires(Capability.MANAGE_DATA)
def benchmark_points(request: HttpRequest, pk: int, verdict: int) -> HttpResponse:
    """A person enters the points of an answer that could not be read."""
    found = get_object_or_404(shown_result(pk).verdicts, pk=verdict)
    form = PointsForm(request.POST)
    if form.is_valid():
        waiting = JudgeCall.objects.exclude(error="").filter(response=found.response_id)
        call = get_object_or_404(waiting.select_related("author"), pk=form.cleaned_data["call"])
        try:
            over_responses.repair(call, asker(request), form.cleaned_data["points"])
        except ValueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Entered. The figures count it once the benchmark is measured again.")
    else:
        messages.error(request, "Give the points as a number from 1 to 10.")
    return redirect("benchmark_answer", pk, verdict)
