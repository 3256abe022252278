"""Pairs: the browser, and one pair with all that was said about it."""

from functools import cache
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from annotation.models import Author, Collection, Flag, JudgeCall, Judgment, Pair, Remark, Score, Version
from annotation.models.flags import HELD_BACK, holding_flag
from annotation.models.pairs import swayed_by
from annotation.pair_filters import PairFields, among
from annotation.review import queue
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.templatetags.verdicts import signed
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.words import counted
from training.models import Run

EXCERPT = 200


class PairFilters(PairFields, Filters):
    """What the API asks for by the same names."""


PAIRS = Listing(
    words="pairs",
    filters=PairFilters,
    columns=(
        Column("added", "Pair", sort="id"),
        Column("prompt", "Prompt", grows=True),
        Column("a", "A"),
        Column("b", "B"),
        Column("grade", "Verdict", sort="mean_grade", sparse=True),
        Column("judgments", "Judgments", sort="n_judgments", number=True),
        Column("collection", "Collection"),
        Column("source", "Source", shown=False),
        Column("category", "Category", shown=False),
        Column("lengths", "Lengths A · B", number=True, shown=False),
    ),
    sort="-added",
)


def name_of(model: type[Author | Collection], field: str) -> Subquery:
    """By a query of its own for each row: with seven tables to join, PostgreSQL would plan longer than it reads."""
    return Subquery(model._default_manager.filter(pk=OuterRef(field)).order_by().values("name"))


@cache
def listed_pairs(of_scores: bool = False) -> Rows:
    """What the browser shows of a pair. Built once, and narrowed for each list."""
    return (Pair.every if of_scores else Pair.objects).values(
        "id",
        "n_judgments",
        "mean_grade",
        "disputed",
        "source",
        inconsistent=swayed_by(OuterRef("pk")),
        flag=holding_flag(OuterRef("pk")),
        collection_name=name_of(Collection, "collection"),
        category=F("prompt__category"),
        excerpt=Left("prompt__text", EXCERPT),
        a=name_of(Author, "left__author"),
        b=name_of(Author, "right__author"),
        a_length=F("left__length"),
        b_length=F("right__length"),
    )


@requires(Capability.READ_DATA)
def pair_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, PAIRS, listed_pairs(bool(request.GET.get("made"))), "pairs")


@requires(Capability.READ_DATA)
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    together = Pair.every.select_related("prompt", "collection", "left", "right")
    found = get_object_or_404(together.defer("prompt__search", "left__search", "right__search"), pk=pk)
    judgments = list(said_about(found))
    flags = list(Flag.objects.filter(pair=found).select_related("author", "settled_by").order_by("-id"))
    context: dict[str, Any] = {
        "pair": found,
        "sides": sides(found),
        "judgments": [judgment for judgment in judgments if judgment.superseded_at is None],
        "superseded": [judgment for judgment in judgments if judgment.superseded_at],
        "flags": flags,
        "held": next((state for state in HELD_BACK if state in {flag.state for flag in flags}), ""),
        "skips": Remark.objects.filter(pair=found).select_related("author").order_by("-id"),
        "versions": Version.objects.filter(items__pair=found).only("name", "number").order_by("-id"),
        "beside": PAIRS.beside(among(request.GET).values("id"), request.GET, pk),
        "is_blind": is_blind(request, found),
        "made_by": made_by(found),
    }
    return render(request, "pairs/pair.html", context)


def made_by(found: Pair) -> Run | None:
    """The run that made it of scores; whoever sends a pair by the API writes what they like in its metadata."""
    run = found.metadata.get("run")
    return Run.objects.filter(pk=run).first() if isinstance(run, int) and found.source == f"run {run}" else None


def is_blind(request: HttpRequest, found: Pair) -> bool:
    """Whoever is about to judge a pair is not told by accident who wrote what; the address can ask for the names."""
    return "names" not in request.GET and queue.mine(asker(request)).filter(pair=found).exists()


def said_about(found: Pair) -> Any:
    """Every judgment of a pair, newest first, with the calls beneath a judge's."""
    calls = Prefetch("calls", JudgeCall.objects.select_related("repaired_by").order_by("id"))
    judgments = Judgment.objects.filter(pair=found).select_related("author").prefetch_related(calls)
    return judgments.order_by("-created_at", "-id")


def sides(found: Pair) -> list[dict[str, Any]]:
    """What the cards of the two responses show; the side that the mean grade prefers is marked."""
    both = {"a": found.left, "b": found.right}
    authors = Author.objects.only("name").in_bulk([response.author_id for response in both.values()])
    scores: dict[int, list[str]] = {}
    given = Score.objects.filter(response__in=both.values()).order_by("author__name")
    for response, rater, value in given.values_list("response", "author__name", "value"):
        scores.setdefault(response, []).append(f"{rater} {signed(value)}")
    grade = found.mean_grade or 0.0
    preferred = "a" if grade < 0 else "b" if grade > 0 else ""
    return [
        {
            "letter": letter,
            "name": authors[response.author_id].name,
            "text": response.text,
            "facts": [counted(response.length, "character"), *scores.get(response.pk, [])],
            "preferred": letter == preferred,
        }
        for letter, response in both.items()
    ]
