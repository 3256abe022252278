"""Compare: the same prompts answered by several authors, stored or live."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Judgment, Pair, Prompt, Response, Version
from annotation.models.flags import where_flagged
from annotation.review.pairing import pair_chosen
from frontend.kit.filters import Filters, address
from frontend.kit.listing import Column, Listing
from frontend.kit.listing import counted as total
from frontend.presenters.evaluation.compare import (
    MOST,
    VERDICTS,
    PromptSet,
    Side,
    answered_by_all,
    pairwise,
    prompt_set,
    rows,
    shown_pairs,
    sides,
    standings,
    with_verdict,
)
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.http.parsing import refuse_nul, row_id
from studio.words import counted
from training.checkpoints.shares import usable
from training.models import Checkpoint

OFFERED = 300
# So many prompts at once become pairs: an address holds their ids.
SENT = 200
Named = tuple[int, str]
# Where in the list one is: another column begins it anew.
PLACES = {"after", "before"}
PROMPTS = Listing(
    words="prompts", filters=Filters, columns=(Column("prompt", "Prompt", sort="id"),), sort="prompt", size=10
)


@requires(Capability.READ_DATA)
def compare(request: HttpRequest) -> HttpResponse:
    columns = sides(request.GET)
    if request.GET.get("mode") == "live":
        return render(request, "compare/live.html", about(request, columns) | {"raters": reward_models()})
    chosen = prompt_set(request.GET.get("v", ""))
    context = about(request, columns) | {"set": chosen} | choices(request, chosen)
    if len(columns) < 2:
        return render(request, "compare/page.html", context)
    narrowed = narrow(request.GET, chosen, columns)
    if "count" in request.GET:
        return HttpResponse(total(narrowed.values("id")))
    page = PROMPTS.page(narrowed.values("id", "text", "category"), request.GET)
    context |= {"page": page, "rows": rows(page.rows, columns)}
    return render(request, "compare/page.html", context)


@require_POST
@requires(Capability.MANAGE_DATA)
def compare_pairs(request: HttpRequest) -> HttpResponse:
    """The two answers to each prompt that is shown become pairs, which a judge (`act=judge`) or people are to read."""
    refuse_nul(request.POST)
    columns = sides(request.POST)
    if len(columns) != 2:
        raise BadRequest(f"A pair has two sides. Here are {counted(len(columns), 'column')}: compare two of them.")
    prompts = narrow(request.POST, prompt_set(request.POST.get("v", "")), columns)
    first = prompts.order_by(*PROMPTS.order(request.POST).fields).values_list("pk", flat=True)[:SENT]
    made = [pair.pk for pair in pair_chosen(shown_pairs(list(first), columns), source="compared").values()]
    free = set(where_flagged(Pair.objects.filter(pk__in=made), "kept").values_list("pk", flat=True))
    pairs, flagged = [pk for pk in made if pk in free], len(made) - len(free)
    back = reverse("compare") + address(request.POST, csrfmiddlewaretoken=None, act=None)
    if not pairs:
        messages.error(request, nothing_to_send(flagged))
        return redirect(back)
    if request.POST.get("act") == "judge":
        if flagged:
            messages.warning(request, f"{counted(flagged, 'flagged pair')} left out.")
        return redirect(f"{reverse('run_new', args=['judge'])}?pairs={','.join(map(str, pairs))}")
    return render(request, "pairs/sending.html", {"n": len(pairs), "flagged": flagged, "pairs": pairs, "back": back})


def nothing_to_send(flagged: int) -> str:
    if flagged == 1:
        return "The one pair of these answers is flagged. Settle its flags first."
    if flagged:
        return f"All {counted(flagged, 'pair')} of these answers are flagged. Settle the flags first."
    return "Nothing to send: the two answers to each of these prompts are the same text."


@requires(Capability.READ_DATA)
def compare_figures(request: HttpRequest) -> HttpResponse:
    """Each column over the whole set, as a part of the page: it may take longer than the first rows."""
    columns = sides(request.GET)
    chosen = prompt_set(request.GET.get("v", ""))
    shown = {
        "standings": standings(chosen, columns),
        "comparisons": pairwise(chosen, columns),
        "columns": columns,
    }
    return render(request, "compare/figures.html", shown)


def about(request: HttpRequest, columns: list[Side]) -> dict[str, Any]:
    here = [str(side.author.pk) for side in columns]
    return {
        "most_sent": SENT,
        "columns": [(side, without(request, side)) for side in columns],
        "is_full": len(columns) >= MOST,
        "offered": offered(request.GET.get("mode") == "live").exclude(pk__in=here)[:OFFERED],
        "kept": [(name, one) for name, given in request.GET.lists() for one in given if name not in PLACES],
        "query": address(request.GET, after=None, before=None, count=None),
        "stored_url": address(request.GET, mode=None),
        "live_url": address(request.GET, mode="live", after=None, before=None),
        "swap_url": swapped(request, here),
    }


def offered(live: bool) -> QuerySet[Author, Named]:
    """Who has answered something, or who can be asked; newest first."""
    named = Author.objects.order_by("-id").values_list("pk", "name")
    if live:
        return named.filter(checkpoint__in=usable().filter(kind=Checkpoint.Kind.POLICY))
    answered = Response.objects.values("author")
    return named.filter(pk__in=answered, kind__in=[Author.Kind.MODEL, Author.Kind.PERSON])


def without(request: HttpRequest, side: Side) -> str:
    query = request.GET.copy()
    query.setlist("c", [pk for pk in query.getlist("c") if pk != str(side.author.pk)])
    return address(query, after=None, before=None)


def swapped(request: HttpRequest, here: list[str]) -> str:
    query = request.GET.copy()
    query.setlist("c", here[::-1])
    return address(query)


def choices(request: HttpRequest, chosen: PromptSet) -> dict[str, Any]:
    """What the selects offer."""
    versions = Version.objects.filter(kind=Version.Kind.PROMPTS).only("name", "number").order_by("-id")
    judging = Author.objects.filter(pk__in=Judgment.objects.values("author"), kind__in=["judge", "person"])
    return {
        "collections": Collection.objects.order_by("name").values_list("slug", "name")[:OFFERED],
        "versions": versions[:OFFERED],
        "judges": judging.order_by("kind", "name").values_list("pk", "name")[:OFFERED],
        "verdicts": VERDICTS.items(),
        "verdict": request.GET.get("verdict", ""),
        "judge": request.GET.get("judge", ""),
    }


def narrow(query: QueryDict, chosen: PromptSet, columns: list[Side]) -> QuerySet[Prompt]:
    prompts = answered_by_all(chosen.prompts, columns)
    verdict, judge = query.get("verdict", ""), query.get("judge", "")
    if words := query.get("q", "").strip():
        prompts = prompts.filter(pk__in=Prompt.objects.matching(words).values("pk"))
    if verdict in VERDICTS:
        author = Author.objects.filter(pk=row_id(judge) or 0).first()
        prompts = with_verdict(prompts, columns, author, verdict) if author else prompts
    return prompts


def reward_models() -> QuerySet[Checkpoint]:
    return usable().filter(kind=Checkpoint.Kind.REWARD).order_by("-id")[:OFFERED]
