"""Flags: the queue that leads settle, one flag with its pair, and what became of the flags that I raised."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Flag, Pair
from annotation.review.flagging import SettlingRefused, flag, settle
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Page, Rows
from frontend.pages.data.pairs import EXCERPT, is_blind, sides
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id, row_ids
from studio.words import counted

STATES = [("open", "Not settled"), ("dismissed", "Dismissed"), ("excluded", "Excluded"), ("fixed", "Fixed")]
SAID = {
    "dismissed": "dismissed",
    "excluded": "excluded from versions",
    "fixed": "marked as fixed",
    "open": "opened again",
}


class FlagFilters(Filters):
    q = forms.CharField(label="Search")
    state = forms.ChoiceField(choices=[("", "Any"), *STATES])
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    author = forms.ModelChoiceField(
        Author.objects.filter(flags__isnull=False).distinct().order_by("name"), label="Flagged by"
    )
    since = forms.DateField(label="Flagged since", widget=forms.DateInput({"type": "date"}))

    by = {
        "q": lambda flags, words: flags.filter(reason__icontains=words),
        "state": lambda flags, state: flags.filter(state=state),
        "collection": lambda flags, collection: flags.filter(pair__collection=collection),
        "author": lambda flags, author: flags.filter(author=author),
        "since": lambda flags, day: flags.filter(created_at__date__gte=day),
    }


FLAGS = Listing(
    words="flags",
    filters=FlagFilters,
    columns=(
        Column("added", "Flagged", sort="id"),
        Column("state", "State"),
        Column("reason", "Reason", grows=True),
        Column("pair", "Pair"),
        Column("by", "By"),
        Column("settled", "Settled by"),
        Column("note", "Note"),
        Column("collection", "Collection", shown=False),
    ),
    sort="-added",
    placeholder="Search the reasons",
)


class MyFlagFilters(Filters):
    state = forms.ChoiceField(choices=[("", "Any"), *STATES])
    new = forms.BooleanField(label="Settled since I looked")

    by = {
        "state": lambda flags, state: flags.filter(state=state),
        "new": lambda flags, _: flags.filter(seen=False).exclude(state=Flag.State.OPEN),
    }


MINE = Listing(
    words="flags",
    filters=MyFlagFilters,
    columns=(
        Column("added", "Flagged", sort="id"),
        Column("reason", "What I said", grows=True),
        Column("state", "What became of it"),
        Column("note", "The lead’s note"),
        Column("pair", "Pair"),
        Column("settled", "Settled by"),
    ),
    sort="-added",
)


def listed_flags() -> Rows:
    return Flag.objects.values(
        "id",
        "pair_id",
        "state",
        "reason",
        "note",
        "created_at",
        "settled_at",
        "seen",
        by=F("author__name"),
        settler=F("settled_by__username"),
        collection_name=F("pair__collection__name"),
        excerpt=Left("pair__prompt__text", EXCERPT),
    )


@requires(Capability.READ_DATA)
def flag_list(request: HttpRequest) -> HttpResponse:
    n_open = Flag.objects.filter(state=Flag.State.OPEN).count()
    context = {"n_open": n_open, "may_settle": asker(request).can(Capability.MANAGE_DATA)}
    return list_response(request, FLAGS, listed_flags(), "flags", context)


@requires(Capability.READ_DATA)
def flag_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One flag with its pair, to be settled by keys; the flags beside it are those of the list."""
    found = get_object_or_404(Flag.objects.select_related("author", "settled_by"), pk=pk)
    whole = Pair.every.select_related("prompt", "collection", "left", "right")
    pair = whole.defer("prompt__search", "left__search", "right__search").get(pk=found.pair_id)
    context: dict[str, Any] = {
        "flag": found,
        "pair": pair,
        "sides": sides(pair),
        "is_blind": is_blind(request, pair),
        "others": pair.flags.exclude(pk=pk).select_related("author").order_by("-id"),
        "history": found.settlements.select_related("by").order_by("id"),
        "beside": FLAGS.beside(Flag.objects.values("id"), request.GET, pk),
        "may_settle": asker(request).can(Capability.MANAGE_DATA),
    }
    return render(request, "flags/flag.html", context)


class DecisionForm(forms.Form):
    state = forms.ChoiceField(choices=Flag.State.choices)
    note = forms.CharField(max_length=2000, required=False)


@require_POST
@requires(Capability.MANAGE_DATA)
def flag_settle(request: HttpRequest) -> HttpResponse:
    """The chosen flags are settled alike; then back to the list, or on to the flag that `next` names."""
    form, chosen = DecisionForm(request.POST), row_ids(request.POST.getlist("flag"))
    if not form.is_valid():
        messages.error(request, "Choose how the flags are settled, and keep the note below 2,000 characters.")
        return back(request)
    state, note = form.cleaned_data["state"], form.cleaned_data["note"]
    try:
        n = settle(Flag.objects.filter(pk__in=chosen), state, asker(request), note)
    except SettlingRefused as refused:
        messages.error(request, str(refused))
    else:
        done = f"{counted(n, 'flag')} {SAID[state]}."
        messages.success(request, done if n else "Nothing changed: the flags are settled so already.")
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To the flag that comes next in the list, or to the list as it was."""
    state = QueryDict(request.POST.get("list", "").removeprefix("?")).urlencode(safe=",~:")
    following = row_id(request.POST.get("next")) or 0
    is_there = Flag.objects.filter(pk=following).exists()
    address = reverse("flag", args=[following]) if is_there else reverse("flag_list")
    return redirect(f"{address}?{state}" if state else address)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=2000)


@require_POST
@requires(Capability.READ_DATA)
def pair_flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever reads a pair may flag it too."""
    found, form = get_object_or_404(Pair.every, pk=pk), ReasonForm(request.POST)
    if form.is_valid():
        flag(asker(request), found, form.cleaned_data["reason"])
        messages.success(request, "Flagged. The pair stays out of dataset versions until the flag is settled.")
    else:
        messages.error(request, "Say what is wrong with the pair, in at most 2,000 characters.")
    return redirect("pair", pk)


@requires(Capability.ANNOTATE)
def my_flags(request: HttpRequest) -> HttpResponse:
    """What became of my flags."""
    return list_response(
        request, MINE, listed_flags().filter(author__user=asker(request)), "flags/mine", shown=mark_seen
    )


def mark_seen(page: Page) -> None:
    """Whoever raised these flags has seen how they were settled: they stand on the page."""
    shown = Flag.objects.filter(pk__in=[row["id"] for row in page.rows], seen=False)
    shown.exclude(state=Flag.State.OPEN).update(seen=True)
