"""Leaderboards: all of them, one, one row with all its figures, and two rows side by side."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from annotation.models import Collection, Version
from frontend.kit import table_files, wording
from frontend.kit.filters import address
from frontend.kit.listing import counted
from frontend.presenters.data.whereabouts import Whereabouts, whereabouts
from frontend.presenters.evaluation import leaderboards
from frontend.presenters.evaluation.questions import WORDS, Explorer
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.http.parsing import row_id, row_ids
from training.evaluation.benchmarks import BENCHMARKS, labels
from training.evaluation.leaderboards import exports
from training.evaluation.leaderboards.comparability import LeaderboardKey, key_of
from training.evaluation.leaderboards.comparison import ComparedResults, Incomparable, compare
from training.models import BenchmarkResult, RunVersion

RESULTS = BenchmarkResult.objects.select_related(
    "author__checkpoint__run", "author__checkpoint__base", "baseline_author", "judge_author", "collection", "run"
)


@requires(Capability.READ_DATA)
def leaderboard_list(request: HttpRequest) -> HttpResponse:
    found = leaderboards.known()
    groups = [(name, label, [board for board in found if board.key.benchmark == name]) for name, label in labels()]
    return render(request, "leaderboards/list.html", {"groups": [group for group in groups if group[2]]})


@requires(Capability.READ_DATA)
def leaderboard(request: HttpRequest, benchmark: str) -> HttpResponse:
    """One board of a benchmark; `?board=` chooses it, and the first is the one with most of your own rows."""
    if benchmark not in BENCHMARKS:
        raise Http404(f"There is no benchmark {benchmark}.")
    offered = [board for board in leaderboards.known() if board.key.benchmark == benchmark]
    asked = request.GET.get("board", "")
    board = next((board for board in offered if board.token == asked), None)
    if asked and board is None:
        raise Http404("No row has this judge, set and baseline any more.")
    board = board or next(iter(offered), None)
    form = request.GET.get("download", "")
    if board and form in table_files.WRITTEN:
        rows = exports.leaderboard(leaderboards.results(board))
        return table_files.attached(form, benchmark, exports.as_csv(rows) if form == "csv" else rows)
    context: dict[str, Any] = {
        "benchmark": BENCHMARKS[benchmark],
        "offered": offered,
        "board": board,
        "table": leaderboards.table(board, request.GET) if board else None,
    }
    return render(request, "leaderboards/board.html", context)


@requires(Capability.READ_DATA)
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """All figures of one row, where it came from, and its questions."""
    row = get_object_or_404(RESULTS, pk=pk)
    explorer = Explorer(None, row)
    if "count" in request.GET:
        return explored_count(explorer, request.GET)
    context = {
        "result": row,
        "board": leaderboards.Board(key_of(row), str(row.collection or ""), 0, 0),
        "figures": {name: value for name, value in row.figures.items() if not isinstance(value, dict | list)},
        "cells": leaderboards.further(row),
        "steps": lineage(row, asker(request)),
    }
    return render(request, "leaderboards/result.html", context | questions(request, explorer))


@requires(Capability.READ_DATA)
def benchmark_compare(request: HttpRequest) -> HttpResponse:
    """Is B better than A, and on which questions; rows of different keys are refused in words."""
    if "r" in request.GET:
        return ordered(request)
    a, b = (get_object_or_404(RESULTS, pk=row_id(request.GET.get(name))) for name in ("a", "b"))
    explorer = Explorer(a, b)
    if "count" in request.GET:
        return explored_count(explorer, request.GET)
    context: dict[str, Any] = {"a": a, "b": b, "swap_url": address(request.GET, a=str(b.pk), b=str(a.pk))}
    context["board"] = leaderboards.Board(LeaderboardKey(*key_of(b)), str(b.collection or ""), 0, 0)
    try:
        found = compare(a, b)
        context |= {"found": found, "axis": around_zero(found), "p": wording.p_value(found.p_value)}
        context |= questions(request, explorer)
    except Incomparable as refused:
        context["refused"] = str(refused)
    return render(request, "leaderboards/compare.html", context)


def ordered(request: HttpRequest) -> HttpResponse:
    """Rows that were ticked: the lower one becomes A, so that the question is whether the higher one is better."""
    rows = list(BenchmarkResult.objects.filter(pk__in=row_ids(request.GET.getlist("r"))))
    if len(rows) != 2:
        return render(request, "leaderboards/compare.html", {"chosen": len(rows)})
    lower, higher = sorted(rows, key=lambda row: (row.value or 0.0, row.pk))
    return redirect(f"{reverse('benchmark_compare')}?a={lower.pk}&b={higher.pk}")


def around_zero(found: ComparedResults) -> tuple[float, float]:
    """The ends of the axis on which a difference is drawn."""
    reach = 1.1 * max(abs(found.difference.low), abs(found.difference.high), 1e-9)
    return -reach, reach


def explored_count(explorer: Explorer, query: QueryDict) -> HttpResponse:
    return HttpResponse(counted(explorer.narrowed(query)))


def questions(request: HttpRequest, explorer: Explorer) -> dict[str, Any]:
    """The explorer's part of a page."""
    page = explorer.page(request.GET)
    categories = explorer.categories()
    return {
        "explorer": explorer,
        "page": page,
        "rows": explorer.questions([row["id"] for row in page.rows]),
        "categories": categories,
        "outcomes": WORDS.items(),
        "kept": [(name, value) for name in ("a", "b", "sort") if (value := request.GET.get(name))],
    }


def lineage(row: BenchmarkResult, by: User) -> list[dict[str, Any]]:
    """From the data and the run that made the checkpoint to the run that measured it."""
    checkpoint = getattr(row.author, "checkpoint", None)
    steps: list[dict[str, Any]] = []
    if checkpoint is not None:
        read = RunVersion.objects.filter(run=checkpoint.run_id, role="input").select_related("version__project")
        found = whereabouts([one.version for one in read.order_by("id")], by)
        steps += [of_version(version, at) for version, at in found.items()]
        if checkpoint.run:
            steps.append(step("runs", checkpoint.run.name, "run", checkpoint.run_id))
        steps.append(step("checkpoints", checkpoint.name, "checkpoint", checkpoint.pk))
    if row.run:
        steps.append(step("runs", row.run.name, "run", row.run_id))
    return [*steps, {"icon": "evaluate", "title": str(row), "url": "", "here": True}]


def of_version(version: Version | Collection, at: Whereabouts) -> dict[str, Any]:
    title = f"{version}, {at.words}" if at.words else str(version)
    return {"icon": "datasets", "title": title, "url": at.href, "here": False}


def step(icon: str, title: str, page: str, pk: int | None) -> dict[str, Any]:
    return {"icon": icon, "title": title, "url": reverse(page, args=[pk]), "here": False}
