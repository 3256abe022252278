"""My judgments: my own figures, and what I said, to be looked at, judged again or taken back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, F, IntegerField, Q, When
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Judgment
from annotation.review import judgments, pausing
from annotation.review.activity import Activity, Asked, midnight
from annotation.review.activity_cache import kept
from annotation.review.agreement import agreements_of
from annotation.review.judgments import JudgmentInvalid
from annotation.statistics.bias import SIGNIFICANT_LENGTH
from frontend.kit.filters import Filters
from frontend.kit.list_pages import asks_for_page, list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.presenters.people.figures import opens
from frontend.presenters.people.person import monday, weeks
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability

EXCERPT = 200
SIDES = [("a", "A is better"), ("b", "B is better"), ("tie", "Tie"), ("bad", "Both bad")]
BY_SIDE = {"a": Q(seen__lt=0), "b": Q(seen__gt=0), "tie": Q(seen=0, both_bad=False), "bad": Q(both_bad=True)}


def as_seen(grade: str) -> Case:
    """A grade as the annotator saw the pair: below 0 for A, whichever response that was."""
    return Case(When(shown="right_first", then=-1 * F(grade)), default=F(grade), output_field=IntegerField())


def longer(rows: Rows) -> Rows:
    """Where the clearly longer response won."""
    left, right = F("pair__left__length"), F("pair__right__length")
    for_right = Q(grade__gt=0, pair__right__length__gt=left + SIGNIFICANT_LENGTH)
    return rows.filter(for_right | Q(grade__lt=0, pair__left__length__gt=right + SIGNIFICANT_LENGTH))


class MyJudgmentFilters(Filters):
    """Nothing here tells what others say of a pair: it may be judged again."""

    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug", empty_label="Any")
    since = forms.DateField(label="Since", widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="Until", widget=forms.DateInput({"type": "date"}))
    verdict = forms.ChoiceField(choices=[("", "Any"), *SIDES])
    fast = forms.BooleanField(label="Too fast to read both")
    longer = forms.BooleanField(label="The longer one won")

    by = {
        "collection": lambda rows, collection: rows.filter(pair__collection=collection),
        "since": lambda rows, day: rows.filter(created_at__date__gte=day),
        "until": lambda rows, day: rows.filter(created_at__date__lte=day),
        "fast": lambda rows, on: rows.filter(too_fast=True),
        "verdict": lambda rows, side: rows.filter(BY_SIDE[side]),
        "longer": lambda rows, _: longer(rows),
    }


JUDGMENTS = Listing(
    words="judgments",
    filters=MyJudgmentFilters,
    columns=(
        Column("when", "When", sort="id"),
        Column("prompt", "Prompt", grows=True),
        Column("verdict", "My verdict, as I saw it"),
        Column("reason", "Why"),
        Column("time", "Time", sort="seconds", number=True, sparse=True),
        Column("collection", "Collection", shown=False),
    ),
    sort="-when",
)


def listed(given: Rows, **more: Any) -> Rows:
    """Judgments as lists of one person's show them, with `more` fields."""
    rows: Rows = given.values(
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
        **more,
    )
    return rows


@requires(Capability.ANNOTATE)
def judgment_list(request: HttpRequest) -> HttpResponse:
    me = Author.of(asker(request))
    rows = listed(Judgment.objects.filter(author=me, superseded_at=None))
    context = around(me, asker(request)) if asks_for_page(request) else {}
    return list_response(request, JUDGMENTS, rows, "judgments", context)


def around(me: Author, user: User) -> dict[str, Any]:
    """My own figures. Agreement is as it stood on Monday: counted at once, it would tell after each judgment what
    others say of that pair, which I may judge again."""
    counted_at = monday()
    return {
        "told": kept(Asked(person=user.pk)).get(user.pk, Activity()),
        "opens": opens(Asked()),
        "weeks": weeks(user.pk),
        "companions": agreements_of(me, midnight(counted_at)),
        "counted_at": counted_at,
        "paused": pausing.words(pause) if (pause := pausing.current(user.pk)) else "",
    }


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
        waits = "others" if pausing.is_paused(asker(request).pk) else "you again"
        messages.success(request, f"Taken back. The pair waits for {waits}.")
    return redirect(reverse("judgment_list") + request.POST.get("list", ""))
