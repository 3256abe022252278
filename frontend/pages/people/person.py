"""One person, for leads: their account, their figures, weeks and collections, what they hold now, their judgments."""

from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Left, Sign
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from annotation.models import Assignment, Author, Collection, Judgment, Remark
from annotation.review import pausing
from annotation.review.activity import Asked
from annotation.review.annotators import annotators, at_work, everybody
from frontend.kit.filters import Filters
from frontend.kit.list_pages import asks_for_page, list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.people.roles import RoleForm
from frontend.pages.review.judgments import EXCERPT, MyJudgmentFilters, as_seen, listed
from frontend.presenters.people.figures import opens
from frontend.presenters.people.person import work
from studio.accounts.access import asker, requires
from studio.accounts.acts import invitations, letters
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability, Role
from studio.projects.scope import one_here

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


@cache
def listed_judgments() -> Rows:
    """Everybody's current judgments, as the list shows them. Built once: to build it takes longer than to read it."""
    return listed(
        Judgment.objects.filter(superseded_at=None, state=Judgment.State.VALID),
        people=number(others(Author.Kind.PERSON)),
        people_agree=number(agreeing(Author.Kind.PERSON)),
        judges=number(others(Author.Kind.JUDGE)),
        judges_agree=number(agreeing(Author.Kind.JUDGE)),
    )


@never_cache
@requires(Capability.MANAGE_DATA)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return shown(request, found(pk))


def found(pk: int) -> User:
    """A member, or somebody whose work is here."""
    people = everybody().annotate(inviter=invitations.inviter(), joined=invitations.joined())
    return get_object_or_404(people, pk=pk)


def shown(request: HttpRequest, one: User, **more: Any) -> HttpResponse:
    """The page, or the part of it that htmx asks for."""
    author = Author.objects.filter(user=one).first()
    context = around(one, author) | account(asker(request), one) | more if asks_for_page(request) else {}
    # Nobody's, of whoever never judged.
    return list_response(request, JUDGMENTS, listed_judgments().filter(author=author), "people/person", context)


def account(by: User, one: User) -> dict[str, Any]:
    """What is told of an account, and what the person who asks may do to it."""
    role = Role(one.role_here) if one.role_here else None  # type: ignore[attr-defined]  # an annotation
    one.roles[one_here()] = role
    leads = by.can(Capability.MANAGE_PEOPLE) and role is not None
    return {
        "role": role,
        "may": leads and by != one and by.manages(one),
        "is_self": by == one,
        "removes": leads and by != one and role in by.invites and role != Role.ADMIN,
        "role_form": RoleForm(initial={"role": role}) if role and by.can(Capability.ADMINISTER) else None,
        "added_by": None if one.inviter else added_by(one),  # type: ignore[attr-defined]  # an annotation
        "sends_email": letters.is_configured(),
        "reset_days": letters.RESET_DAYS,
    }


def added_by(one: User) -> str:
    """Who gave them their first role in this project, where they came by no link."""
    added = AuditEntry.objects.filter(act=AuditEntry.Act.ADDED, person=one).order_by("-pk")
    return added.values_list("by__username", flat=True).first() or ""


def around(one: User, author: Author | None) -> dict[str, Any]:
    """What is told of a person's work."""
    done = work(one.pk, author)
    leased = Assignment.objects.filter(annotator=one, state=Assignment.State.LEASED)
    held = list(leased.order_by("leased_until").values("pair_id", "leased_until", "collection__name")[: HELD + 1])
    n_held = leased.count() if len(held) > HELD else len(held)
    pause, pauses = pausing.of_person(one.pk, HELD)
    return {
        "person": one,
        "author": author,
        "told": done.told,
        "opens": opens(Asked()),
        "companions": done.companions,
        "weeks": done.weeks,
        "collections": done.collections,
        "pause": pause,
        "pauses": pauses,
        "held": held[:HELD],
        "n_held": n_held,
        "takers": at_work().exclude(pk=one.pk).order_by("username") if n_held else [],
        "lease_minutes": settings.REVIEW_LEASE_MINUTES,
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
    one = get_object_or_404(annotators(), pk=pk)
    rows = Remark.objects.filter(author__user=one).values(
        "id",
        "pair_id",
        "reason",
        "created_at",
        excerpt=Left("pair__prompt__text", EXCERPT),
        collection_name=F("pair__collection__name"),
    )
    return list_response(request, SKIPS, rows, "people/skips", {"person": one})
