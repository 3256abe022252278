"""My judgments: what I said, to be looked at, judged again or taken back, and how far others agree with it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Judgment
from annotation.review import judgments
from annotation.review.grades import agreements_of
from annotation.review.judgments import JudgmentInvalid
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability

EXCERPT = 200
SIDES = [("a", "A is better"), ("b", "B is better"), ("tie", "Tie"), ("bad", "Both bad")]
BY_SIDE = {"a": Q(seen__lt=0), "b": Q(seen__gt=0), "tie": Q(seen=0, both_bad=False), "bad": Q(both_bad=True)}
# A grade as the annotator saw the pair: below 0 for A, whichever response that was.


def as_seen(grade: str) -> Case:
    return Case(When(shown="right_first", then=-1 * F(grade)), default=F(grade), output_field=IntegerField())


class JudgmentFilters(Filters):
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug", empty_label="Any")
    verdict = forms.ChoiceField(choices=[("", "Any"), *SIDES])
    fast = forms.BooleanField(label="Too fast to read both")
    beside = forms.ModelChoiceField(Author.objects.filter(kind="judge").order_by("name"), label="Beside the judge")
    differs = forms.BooleanField(label="Where that judge differs")

    by = {
        "collection": lambda rows, collection: rows.filter(pair__collection=collection),
        "fast": lambda rows, on: rows.filter(too_fast=True),
        "verdict": lambda rows, side: rows.filter(BY_SIDE[side]),
        "beside": lambda rows, judge: beside(rows, judge),
    }

    def narrow(self, rows: Rows) -> Rows:
        """`differs` speaks of the judge that `beside` names, and of nobody else."""
        narrowed: Rows = super().narrow(rows)
        return differing(narrowed) if {"beside", "differs"} <= self.chosen.keys() else narrowed


JUDGMENTS = Listing(
    words="judgments",
    filters=JudgmentFilters,
    columns=(
        Column("when", "When", sort="id"),
        Column("prompt", "Prompt", grows=True),
        Column("verdict", "My verdict, as I saw it"),
        Column("theirs", "The judge’s", shown=False),
        Column("reason", "Why"),
        Column("time", "Time", number=True),
        Column("collection", "Collection", shown=False),
    ),
    sort="-when",
)


def beside(rows: Rows, judge: Author) -> Rows:
    theirs = Judgment.objects.filter(pair=OuterRef("pair"), author=judge, superseded_at=None, state="valid")
    given = rows.annotate(given=Subquery(theirs.values("grade"))).filter(given__isnull=False)
    seen: Rows = given.annotate(theirs=as_seen("given"))
    return seen


def differing(rows: Rows) -> Rows:
    agrees = Q(seen__lt=0, theirs__lt=0) | Q(seen__gt=0, theirs__gt=0) | Q(seen=0, theirs=0)
    return rows.exclude(agrees)


@requires(Capability.ANNOTATE)
def judgment_list(request: HttpRequest) -> HttpResponse:
    me = Author.of(asker(request))
    rows = Judgment.objects.filter(author=me, superseded_at=None).values(
        "id",
        "pair_id",
        "both_bad",
        "rationale",
        "seconds",
        "too_fast",
        "created_at",
        seen=as_seen("grade"),
        excerpt=Left("pair__prompt__text", EXCERPT),
        collection_name=F("pair__collection__name"),
    )
    context: dict[str, Any] = {} if request.headers.get("HX-Target") == "list" else {"companions": agreements_of(me)}
    return list_response(request, JUDGMENTS, rows, "judgments", context)


@require_POST
@requires(Capability.ANNOTATE)
def judgment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Judgment.objects.select_related("author", "pair"), pk=pk)
    if found.author.user_id != asker(request).pk:
        raise Http404("No judgment of yours has this id.")
    try:
        judgments.withdraw(found)
    except JudgmentInvalid as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "Taken back. The pair waits for you again.")
    return redirect(reverse("judgment_list") + request.POST.get("list", ""))
