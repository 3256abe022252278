"""The review screen: one pair after the other, judged by keyboard. Its pairs come as ready-made cards."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from annotation.models import Assignment, Collection, Judgment, Pair, ProjectDefaults, Remark, Shown
from annotation.review import pausing, queue, shown_order
from annotation.review.reading_time import least_seconds
from annotation.review.shown_order import as_seen
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.http.parsing import read_json, row_id

# The scale as it stands under the pair: number, words, the keys beside the number, and the side it favours.
GRADES = (
    (1, "A much better", "Shift+ArrowLeft", "a"),
    (2, "A better", "ArrowLeft", "a"),
    (3, "A slightly better", "", "a"),
    (4, "Tie", "=", "tie"),
    (5, "B slightly better", "", "b"),
    (6, "B better", "ArrowRight", "b"),
    (7, "B much better", "Shift+ArrowRight", "b"),
)
FLAGS = ("Harmful content", "Names or details of a person", "A response is broken or cut", "A language I cannot read")
SKIPS = ("I do not know this field", "A language I cannot read", "Too long or too hard", "I do not want to read this")
MOST_HELD = 50


@requires(Capability.ANNOTATE)
def review(request: HttpRequest, slug: str = "") -> HttpResponse:
    """All that waits for me, or what waits in one collection; with `pair`, that pair first."""
    user = asker(request)
    collection = get_object_or_404(Collection, slug=slug) if slug else None
    context = {
        "collection": collection,
        "collections": Collection.objects.filter(Exists(Assignment.objects.filter(collection=OuterRef("pk")))),
        "sendable": Collection.objects.filter(Exists(Pair.objects.filter(collection=OuterRef("pk")))),
        "today": queue.done_by(user, collection)["today"],
        "grades": GRADES,
        "flags": FLAGS,
        "skips": SKIPS,
        "first_pair": row_id(request.GET.get("pair")) or "",
        "may_send": user.can(Capability.MANAGE_DATA),
    }
    return render(request, "review/review.html", context)


@require_POST
@requires(Capability.ANNOTATE)
def cards(request: HttpRequest) -> HttpResponse:
    """Tops up the pairs that I hold: cards for those that the page does not know yet, and the ids of all.

    `paused` says in words why nothing new comes, where a lead paused my work.
    """
    asked = asked_for(request)
    collection = get_object_or_404(Collection, slug=asked["collection"]) if asked["collection"] else None
    user = asker(request)
    slots = queue.next_slots(user, asked["count"], collection)
    fresh = [slot for slot in slots if slot.pk not in asked["known"]]
    made = [card(slot.pair, user, slot=slot) for slot in fresh]
    pause = pausing.current(user.pk)
    told = {"cards": made, "held": [slot.pk for slot in slots], "paused": pausing.words(pause) if pause else ""}
    return JsonResponse(told)


def asked_for(request: HttpRequest) -> dict[str, Any]:
    """Raises BadRequest, which says what was expected."""
    try:
        body = read_json(request.body)
        known = {int(pk) for pk in body.get("known", [])}
        count = min(max(int(body["count"]), 1), MOST_HELD)
        return {"collection": str(body.get("collection", "")), "known": known, "count": count}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadRequest('Send {"count": 6, "known": [ids of slots], "collection": "slug"}.') from error


@requires(Capability.ANNOTATE)
def card_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of one pair that I hold, judged or skipped, to judge it again; any pair for those who may read data."""
    user = asker(request)
    pair = Pair.every.select_related("prompt", "collection", "left", "right").filter(pk=pk).first()
    if pair is None:
        raise Http404("There is no such pair.")
    mine = Judgment.objects.filter(pair=pair, author__user=user, superseded_at=None).first()
    if mine is None and not user.can(Capability.READ_DATA) and not was_given(user, pair):
        raise PermissionDenied("You judge this pair when it is your turn.")
    held = queue.mine(user).filter(pair=pair).first()
    return JsonResponse({"cards": [card(pair, user, slot=held, judged=mine)], "held": []})


def was_given(user: User, pair: Pair) -> bool:
    """Whether the pair waits for this very annotator, or was skipped by them."""
    return queue.mine(user).filter(pair=pair).exists() or Remark.objects.filter(pair=pair, author__user=user).exists()


@requires(Capability.ANNOTATE)
def guidelines(request: HttpRequest, slug: str) -> HttpResponse:
    """The guidelines by which pairs of one collection are judged, as a fragment."""
    context = {"collection": get_object_or_404(Collection, slug=slug), "default": ProjectDefaults.here().guidelines}
    return render(request, "review/guidelines.html", context)


def card(pair: Pair, user: User, slot: Assignment | None = None, judged: Judgment | None = None) -> str:
    was_seen = judged and judged.shown != Shown.BOTH
    order = Shown(judged.shown) if judged and was_seen else shown_order.order_for(pair, user)
    sides = [pair.left, pair.right] if order == Shown.LEFT_FIRST else [pair.right, pair.left]
    context = {
        "pair": pair,
        "slot": slot,
        "token": shown_order.token(pair, user, order),
        "least_seconds": least_seconds(pair.left.text, pair.right.text),
        "answers": [(letter, response.text) for letter, response in zip("ab", sides, strict=True)],
        "judged": judged,
        "verdict": as_seen(judged.grade, order) if judged else None,
    }
    return render_to_string("review/card.html", context)
