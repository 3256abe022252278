"""One person's work, for leads: their figures, weeks and collections, what they hold now, and their judgments."""

from typing import Any

from django import forms
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Left, Sign
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotation.models import Assignment, Author, Collection, Judgment, Remark
from annotation.review import pausing
from annotation.review.activity import Activity, Asked
from annotation.review.activity_cache import kept
from annotation.review.agreement import agreements_of
from annotation.review.annotators import annotators
from frontend.kit.filters import Filters
from frontend.kit.list_pages import asks_for_page, list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.review.judgments import EXCERPT, MyJudgmentFilters, as_seen, listed
from frontend.presenters.people.figures import opens
from frontend.presenters.people.person import collections, weeks
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability

# So many of the pairs that somebody holds are named.
HELD = 20
COMPARED = [("", "Any"), ("shared", "Judged by them too"), ("agree", "All agree"), ("differ", "Somebody differs")]


def others(kind: str) -> Rows:
    """The judgments that other people, or judges, gave to the pair of the outer judgment."""
    standing = Judgment.objects.filter(pair=OuterRef("pair"), superseded_at=None, state=Judgment.State.VALID)
    return standing.filter(author__kind=kind).exclude(author=OuterRef("author")).alias(side=Sign("grade")).order_by()


def agreeing(kind: str) -> Rows:
    return others(kind).filter(side=Sign(OuterRef("grade")))


def number(of: Rows) -> Coalesce:
    return Coalesce(Subquery(of.values("pair").annotate(n=Count("pk")).values("n")), 0)


def compared(rows: Rows, kind: str, how: str) -> Rows:
    """Judgments of pairs that others judged too: all, those on which all agree, or on which somebody differs."""
    differ = Exists(others(kind).exclude(side=Sign(OuterRef("grade"))))
    shared = rows.filter(Exists(others(kind)))
    return shared if how == "shared" else shared.filter(differ if how == "differ" else ~differ)


def beside(rows: Rows, judge: Author) -> Rows:
    theirs = Judgment.objects.filter(pair=OuterRef("pair"), author=judge, superseded_at=None, state="valid")
    given = rows.annotate(given=Subquery(theirs.values("grade"))).filter(given__isnull=False)
    seen: Rows = given.annotate(theirs=as_seen("given"))
    return seen


def differing(rows: Rows) -> Rows:
    agrees = Q(seen__lt=0, theirs__lt=0) | Q(seen__gt=0, theirs__gt=0) | Q(seen=0, theirs=0)
    return rows.exclude(agrees)


class PersonFilters(MyJudgmentFilters):
    people = forms.ChoiceField(choices=COMPARED, label="Other people")
    judges = forms.ChoiceField(choices=COMPARED, label="Judges")
    beside = forms.ModelChoiceField(Author.objects.filter(kind="judge").order_by("name"), label="Beside the judge")
    differs = forms.BooleanField(label="Where that judge differs")

    by = {
        **MyJudgmentFilters.by,
        "people": lambda rows, how: compared(rows, Author.Kind.PERSON, how),
        "judges": lambda rows, how: compared(rows, Author.Kind.JUDGE, how),
        "beside": lambda rows, judge: beside(rows, judge),
    }

    def narrow(self, rows: Rows) -> Rows:
        """`differs` speaks of the judge that `beside` names, and of nobody else."""
        narrowed: Rows = super().narrow(rows)
        return differing(narrowed) if {"beside", "differs"} <= self.chosen.keys() else narrowed


JUDGMENTS = Listing(
    words="judgments",
    filters=PersonFilters,
    columns=(
        Column("when", "When", sort="id"),
        Column("pair", "Pair", grows=True),
        Column("verdict", "Verdict, as they saw it"),
        Column("theirs", "The judge’s", shown=False),
        Column("people", "Other people"),
        Column("judges", "Judges"),
        Column("reason", "Why", shown=False),
        Column("time", "Time", sort="seconds", number=True, sparse=True),
        Column("collection", "Collection"),
    ),
    sort="-when",
)


def listed_judgments(author: Author | None) -> Rows:
    """Their current judgments. Nobody's, of whoever never judged."""
    given = Judgment.objects.filter(author=author, superseded_at=None, state=Judgment.State.VALID)
    return listed(
        given,
        people=number(others(Author.Kind.PERSON)),
        people_agree=number(agreeing(Author.Kind.PERSON)),
        judges=number(others(Author.Kind.JUDGE)),
        judges_agree=number(agreeing(Author.Kind.JUDGE)),
    )


@requires(Capability.MANAGE_DATA)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(annotators(), pk=pk)
    author = Author.objects.filter(user=found).first()
    context = around(found, author) if asks_for_page(request) else {}
    return list_response(request, JUDGMENTS, listed_judgments(author), "people/person", context)


def around(found: User, author: Author | None) -> dict[str, Any]:
    """What stands above a person's judgments."""
    held = Assignment.objects.filter(annotator=found, state=Assignment.State.LEASED)
    return {
        "person": found,
        "author": author,
        "told": kept(Asked(person=found.pk)).get(found.pk, Activity()),
        "opens": opens(Asked()),
        "companions": agreements_of(author) if author else [],
        "weeks": weeks(found.pk),
        "collections": collections(found.pk),
        "pause": pausing.current(found.pk),
        "pauses": found.pauses.exclude(ended_at=None).select_related("by", "ended_by").order_by("-at")[:HELD],
        "held": held.order_by("leased_until").values("pair_id", "leased_until", "collection__name")[:HELD],
        "n_held": held.count(),
    }


class SkipFilters(Filters):
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    since = forms.DateField(label="Skipped since", widget=forms.DateInput({"type": "date"}))

    by = {
        "collection": lambda rows, collection: rows.filter(pair__collection=collection),
        "since": lambda rows, day: rows.filter(created_at__date__gte=day),
    }


SKIPS = Listing(
    words="skips",
    filters=SkipFilters,
    columns=(
        Column("when", "When", sort="id"),
        Column("pair", "Pair", grows=True),
        Column("reason", "Why"),
        Column("collection", "Collection"),
    ),
    sort="-when",
)


@requires(Capability.MANAGE_DATA)
def person_skips(request: HttpRequest, pk: int) -> HttpResponse:
    """The pairs that somebody left to others, and why."""
    found = get_object_or_404(annotators(), pk=pk)
    rows = Remark.objects.filter(author__user=found).values(
        "id",
        "pair_id",
        "reason",
        "created_at",
        excerpt=Left("pair__prompt__text", EXCERPT),
        collection_name=F("pair__collection__name"),
    )
    return list_response(request, SKIPS, rows, "people/skips", {"person": found})
