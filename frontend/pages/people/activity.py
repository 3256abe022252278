"""Who judged how much and how well, for leads; pausing a person, and taking back the pairs that they hold."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Field,
    FloatField,
    Func,
    JSONField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, NullIf, Trim
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Pause
from annotation.review import pausing, queue
from annotation.review.activity import Activity, Asked
from annotation.review.activity_cache import kept, known
from annotation.review.annotators import HandOverRefused, annotators, at_work, go_on, hand_over, stop, take_pairs_back
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.presenters.people.figures import SORTED, encoded, opens
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.words import counted


class ActivityFilters(Filters):
    """`collection`, `since` and `judge` say what the figures count, and leave every person in the list."""

    q = forms.CharField(label="Search")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    since = forms.DateField(label="Judged since", widget=forms.DateInput({"type": "date"}))
    judge = forms.ModelChoiceField(Author.objects.filter(kind="judge").order_by("name"), label="Agreement with")
    paused = forms.BooleanField(label="Paused")

    by = {
        "q": lambda rows, words: rows.filter(Q(name__icontains=words) | Q(username__icontains=words)),
        "paused": lambda rows, _: rows.filter(pausing.paused_now()),
    }

    @property
    def asked(self) -> Asked:
        collection, judge = self.chosen.get("collection"), self.chosen.get("judge")
        return Asked(
            collection=collection.pk if collection else None,
            since=self.chosen.get("since"),
            judge=judge.pk if judge else None,
        )


def figure(name: str, title: str, *, shown: bool = True, sparse: bool = False) -> Column:
    return Column(name, title, sort=f"by_{name}", number=True, shown=shown, sparse=sparse)


ACTIVITY = Listing(
    words="people",
    filters=ActivityFilters,
    columns=(
        Column("person", "Person", sort="name", grows=True),
        figure("today", "Today"),
        figure("week", "7 days"),
        figure("n", "All"),
        figure("seconds", "Median time", sparse=True),
        figure("people", "Agrees with people", sparse=True),
        figure("judges", "With judges", sparse=True),
        figure("people_decided", "With people, no ties", shown=False, sparse=True),
        figure("judges_decided", "With judges, no ties", shown=False, sparse=True),
        figure("first_position", "Left", sparse=True),
        figure("longer", "Longer", sparse=True),
        figure("ties", "Ties"),
        figure("both_bad", "Both bad", shown=False),
        figure("too_fast", "Too fast"),
        figure("flags", "Flags"),
        figure("skips", "Skips"),
        Column("open", "Open now", sort="open", number=True),
        Column("seen", "Last seen", sort="seen", sparse=True),
    ),
    sort="-n",
    placeholder="Search people",
)


def listed_people(figures: Mapping[int, Activity], query: QueryDict) -> Rows:
    """Active people, and those whose work is here; when somebody signed in is told of members only.

    Of the figures only the one that sorts goes into the query.
    """
    sort = ACTIVITY.order(query).column
    whole = NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value(""))
    last = {pk: told.last.isoformat() for pk, told in figures.items() if told.last}
    people = annotators().annotate(
        name=Coalesce(whole, "username", output_field=CharField()),
        seen=Greatest(of_each(last, DateTimeField()), Case(When(role_here__isnull=False, then="last_login"))),
        open=queue.held_now(),
    )
    if sort.name in SORTED:
        values = {pk: SORTED[sort.name](told) for pk, told in figures.items()}
        number = of_each(values, FloatField())
        people = people.annotate(**{sort.sort: number if sort.sparse else Coalesce(number, Value(0.0))})
    paused_by = Pause.objects.filter(user=OuterRef("pk"), ended_at=None).values("by__username")
    extra = [sort.sort] if sort.name in SORTED else []
    rows: Rows = people.values(
        "id", "username", "name", "is_active", "seen", "open", "of", *extra, paused_by=Subquery(paused_by)
    )
    return rows


def of_each(values: Mapping[int, Any], kind: Field[Any, Any]) -> Cast:
    """As a column: for each person the value that was counted beforehand; null where there is none."""
    told = Cast(Value(encoded(values), output_field=TextField()), JSONField())
    of_person = Func(told, Cast("pk", TextField()), function="jsonb_extract_path_text", output_field=TextField())
    return Cast(of_person, kind)


@requires(Capability.MANAGE_DATA)
def activity_list(request: HttpRequest) -> HttpResponse:
    """Where the figures have to be counted first, the page comes without its list, and asks for it."""
    filters = ActivityFilters(request.GET)
    needs_figures = "HX-Request" in request.headers and "filters" not in request.GET
    figures = kept(filters.asked) if needs_figures else known(filters.asked)
    slug = filters.chosen["collection"].slug if "collection" in filters.chosen else ""
    context = {"figures": figures, "opens": opens(filters.asked, slug)}
    return list_response(request, ACTIVITY, listed_people(figures or {}, request.GET), "people/activity", context)


class PauseForm(forms.Form):
    note = forms.CharField(max_length=2000, required=False)
    take_back = forms.BooleanField(required=False)


@require_POST
@requires(Capability.MANAGE_DATA)
def person_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """No new pairs from now on; with `take_back`, what they hold waits for others."""
    person, form = get_object_or_404(annotators(), pk=pk), PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Note: {form.errors['note'][0]}")
        return redirect("person", pk)
    is_new, taken = stop(person, asker(request), **form.cleaned_data)
    says = f"{person} gets no new pairs." if is_new else f"{person} was paused already."
    messages.success(request, f"{says} {counted(taken, 'pair')} went back to the queue." if taken else says)
    return redirect("person", pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def person_resume(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(annotators(), pk=pk)
    ended = go_on(person, asker(request))
    messages.success(request, f"{person} gets new pairs again." if ended else f"{person} was not paused.")
    return redirect("person", pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def person_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(annotators(), pk=pk)
    taken = take_pairs_back(person, asker(request))
    words = f"{counted(taken, 'pair')} went back to the queue." if taken else f"{person} holds no pairs."
    messages.success(request, words)
    return redirect("person", pk)


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(at_work())


@require_POST
@requires(Capability.MANAGE_DATA)
def person_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What they hold is held by another."""
    person, form = get_object_or_404(annotators(), pk=pk), HandOverForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose an active member who is not paused.")
        return redirect("person", pk)
    to = form.cleaned_data["to"]
    try:
        given, taken = hand_over(person, to, asker(request))
    except HandOverRefused as refused:
        messages.error(request, str(refused))
        return redirect("person", pk)
    says = [f"{to} holds {counted(given, 'pair')} of {person} now."] if given else []
    if taken:
        says += [f"{counted(taken, 'pair')} went back to the queue, because {to} judged, skipped or holds them."]
    messages.success(request, " ".join(says) or f"{person} holds no pairs.")
    return redirect("person", pk)
