"""Evaluate: the pipeline's table with what the numbers show, and who wins against whom."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from annotation.models import Author, Judgment
from frontend.presenters.evaluation import evaluate, win_matrix
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from training.models import Evaluation, Run

LISTED = 30


@requires(Capability.READ_DATA)
def evaluation(request: HttpRequest) -> HttpResponse:
    """The newest table, or that of `?run=`: a recipe, a stage of one or an evaluation of its own."""
    measured = measured_runs()
    asked = row_id(request.GET.get("run"))
    chosen = get_object_or_404(Run, pk=asked) if asked is not None else (measured[0] if measured else None)
    shown = chosen.parent if chosen and chosen.parent else chosen
    context: dict[str, Any] = {
        "measured": measured,
        "shown": shown,
        "table": evaluate.of_run(shown.pk) if shown else None,
        "judges": judges(),
    }
    return render(request, "evaluate/page.html", context)


def measured_runs() -> list[Run]:
    """Recipes and evaluations of their own that measured something, newest first."""
    own = Evaluation.objects.filter(Q(run=OuterRef("pk")) | Q(run__parent=OuterRef("pk")))
    return list(Run.objects.filter(Exists(own), parent=None).order_by("-id")[:LISTED])


def judges() -> list[Author]:
    """Who has judged something, judges before people, by name."""
    judged = Judgment.objects.filter(author=OuterRef("pk"))
    return list(Author.objects.filter(Exists(judged), kind__in=["judge", "person"]).order_by("kind", "name"))


@requires(Capability.READ_DATA)
def pairwise(request: HttpRequest) -> HttpResponse:
    """The matrix of one judge, as a part of the page."""
    judge = get_object_or_404(Author, pk=row_id(request.GET.get("judge")))
    return render(request, "evaluate/matrix.html", {"matrix": win_matrix.of_judge(judge), "judge": judge})
