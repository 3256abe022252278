"""Pairs: the browser, one pair with all that was said about it, and sending pairs to review."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F, Prefetch
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from annotation.assigning import open_slots
from annotation.models import Author, Collection, JudgeCall, Judgment, Pair, Remark, Score, Version
from frontend.filters import Filters
from frontend.listing import Column, Listing, Rows
from frontend.templatetags.verdicts import signed
from frontend.views.lists import list_response
from studio.accounts.access import requires
from studio.accounts.roles import Capability

EXCERPT = 200
OPINIONS = [("disputed", "People or judges disagree"), ("parted", "Judges and people part")]
JUDGED = [("yes", "Judged"), ("no", "Not judged yet")]


class PairFilters(Filters):
    q = forms.CharField(label="Search")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    source = forms.CharField(max_length=80)
    author = forms.ModelChoiceField(Author.objects.exclude(kind="judge").order_by("name"), label="Response by")
    judge = forms.ModelChoiceField(
        Author.objects.filter(kind__in=["person", "judge"]).order_by("kind", "name"), label="Judged by"
    )
    judged = forms.ChoiceField(choices=[("", "Any"), *JUDGED], label="Judgments")
    opinion = forms.ChoiceField(choices=[("", "Any"), *OPINIONS], label="Opinions")
    grade_from = forms.FloatField(label="Grade from", min_value=-3, max_value=3)
    grade_to = forms.FloatField(label="Grade to", min_value=-3, max_value=3)

    by = {
        "q": lambda pairs, words: pairs.matching(words),
        "collection": lambda pairs, collection: pairs.filter(collection=collection),
        "source": lambda pairs, source: pairs.filter(source=source),
        "author": lambda pairs, author: pairs.by_author(author),
        "judge": lambda pairs, author: pairs.judged_by(author),
        "judged": lambda pairs, judged: (
            pairs.filter(n_judgments__gt=0) if judged == "yes" else pairs.filter(n_judgments=0)
        ),
        "opinion": lambda pairs, opinion: pairs.parted() if opinion == "parted" else pairs.filter(disputed=True),
        "grade_from": lambda pairs, grade: pairs.filter(mean_grade__gte=grade),
        "grade_to": lambda pairs, grade: pairs.filter(mean_grade__lte=grade),
    }


PAIRS = Listing(
    filters=PairFilters,
    columns=(
        Column("added", "Pair", sort="id"),
        Column("prompt", "Prompt"),
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


def listed_pairs() -> Rows:
    """What the browser shows of a pair."""
    return Pair.objects.values(
        "id",
        "n_judgments",
        "mean_grade",
        "disputed",
        "source",
        collection_name=F("collection__name"),
        category=F("prompt__category"),
        excerpt=Left("prompt__text", EXCERPT),
        a=F("left__author__name"),
        b=F("right__author__name"),
        a_length=F("left__length"),
        b_length=F("right__length"),
    )


@requires(Capability.READ_DATA)
def pair_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, PAIRS, listed_pairs(), "pairs")


@requires(Capability.READ_DATA)
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Pair.objects.select_related("prompt", "collection", "left__author", "right__author").prefetch_related(
            Prefetch("left__scores", Score.objects.select_related("author")),
            Prefetch("right__scores", Score.objects.select_related("author")),
        ),
        pk=pk,
    )
    judgments = list(said_about(found))
    context: dict[str, Any] = {
        "pair": found,
        "sides": [side("a", found.left, found), side("b", found.right, found)],
        "judgments": [judgment for judgment in judgments if judgment.superseded_at is None],
        "superseded": [judgment for judgment in judgments if judgment.superseded_at],
        "remarks": Remark.objects.filter(pair=found).select_related("author").order_by("-id"),
        "versions": Version.objects.filter(items__pair=found).order_by("-id"),
        "beside": PAIRS.beside(Pair.objects.values("id"), request.GET, pk),
    }
    return render(request, "pairs/pair.html", context)


def said_about(found: Pair) -> Any:
    """Every judgment of a pair, newest first, with the calls beneath a judge's."""
    calls = Prefetch("calls", JudgeCall.objects.order_by("id"))
    judgments = Judgment.objects.filter(pair=found).select_related("author").prefetch_related(calls)
    return judgments.order_by("-created_at", "-id")


def side(letter: str, response: Any, found: Pair) -> dict[str, Any]:
    """What the card of one response shows; the side that the mean grade prefers is marked."""
    prefers = found.mean_grade or 0.0
    scores = [f"{score.author.name} {signed(score.value)}" for score in response.scores.all()]
    return {
        "letter": letter,
        "name": response.author.name,
        "text": response.text,
        "facts": [f"{response.length:,} characters", *scores],
        "preferred": prefers < 0 if letter == "a" else prefers > 0,
    }


@require_POST
@requires(Capability.MANAGE_DATA)
def pair_review(request: HttpRequest) -> HttpResponse:
    """Chosen pairs, or with `all` every pair of the list, go to people, as many times as their collection wants."""
    asked = request.POST.get("list", "")
    if "all" in request.POST:
        pairs = PAIRS.narrowed(Pair.objects.all(), QueryDict(asked.removeprefix("?")))
    else:
        pairs = Pair.objects.filter(pk__in=request.POST.getlist("pair"))
    opened = open_slots(pairs)
    messages.success(request, words_for(opened))
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else reverse("pair_list") + asked)


def words_for(opened: int) -> str:
    if not opened:
        return "These pairs wait for people already, as many times as their collection wants."
    return f"{opened:,} more judgment{'s' * (opened > 1)} by people are wanted now."
