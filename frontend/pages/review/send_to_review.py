"""Sending pairs to review: the chosen ones, the first of a collection, or all of a list; and taking them back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from annotation.limits import MOST
from annotation.models import Pair
from annotation.models.flags import where_flagged
from annotation.pair_filters import among
from annotation.review.queue import open_slots, take_back, unassigned
from frontend.kit import undo
from frontend.pages.data.pairs import PAIRS
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.words import counted


class SendForm(forms.Form):
    """Which pairs: ids, all of a list (its address), or the first `limit` of a collection that were never sent."""

    pair = forms.ModelMultipleChoiceField(Pair.every.all(), required=False)
    all = forms.BooleanField(required=False)
    sure = forms.BooleanField(required=False)
    list = forms.CharField(required=False)
    collection = forms.SlugField(required=False)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST)

    def pairs(self) -> QuerySet[Pair]:
        given = self.cleaned_data
        if given["collection"] and given["limit"]:
            of_collection = Pair.objects.filter(collection__slug=given["collection"])
            return unassigned(where_flagged(of_collection, "kept"), given["limit"])
        if given["all"]:
            query = QueryDict(given["list"].removeprefix("?"))
            return PAIRS.narrowed(among(query), query)
        chosen: QuerySet[Pair] = given["pair"]
        return chosen


@require_POST
@requires(Capability.MANAGE_DATA)
def pair_review(request: HttpRequest) -> HttpResponse:
    """They go to people, as many times as their collection wants. For a whole list, the count is shown first."""
    form = SendForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(f"{name}: {' '.join(map(str, said))}" for name, said in form.errors.items()))
        return redirect(came_from(request))
    asked = form.pairs()
    pairs, flagged = where_flagged(asked, "kept"), where_flagged(asked, "left_out").count()
    if form.cleaned_data["all"] and not form.cleaned_data["sure"]:
        context: dict[str, Any] = {
            "n": pairs.count(),
            "flagged": flagged,
            "list": form.cleaned_data["list"],
            "back": came_from(request),
        }
        return render(request, "pairs/sending.html", context)
    now = timezone.now()
    opened = open_slots(pairs, at=now)
    back = undo.address(reverse("pair_review_undo"), now) if opened else ""
    messages.success(request, words_for(opened, flagged), extra_tags=back)
    return redirect(came_from(request))


@require_POST
@requires(Capability.MANAGE_DATA)
def pair_review_undo(request: HttpRequest) -> HttpResponse:
    """What was asked for at one moment is not wanted any more, where nobody began to judge."""
    at = undo.moment(request.GET)
    if at is None:
        messages.error(request, "Nothing was taken back: the address names no time. Press Undo on the page again.")
        return redirect(came_from(request))
    taken, begun = take_back(at)
    words = f"{counted(taken, 'judgment')} by people {'is' if taken == 1 else 'are'} no longer wanted."
    stay = f" {counted(begun, 'judgment')} kept: an annotator has begun." if begun else ""
    messages.success(request, words + stay)
    return redirect(came_from(request))


def came_from(request: HttpRequest) -> str:
    """The page where the button was pressed; the list of pairs where that is not ours."""
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if is_ours else reverse("pair_list") + request.POST.get("list", "")


def words_for(opened: int, flagged: int = 0) -> str:
    left_out = f" {counted(flagged, 'flagged pair')} left out." if flagged else ""
    if not opened:
        return left_out.strip() or "These pairs wait for people already, as many times as their collection wants."
    return f"{counted(opened, 'more judgment')} by people {'is' if opened == 1 else 'are'} wanted now.{left_out}"
