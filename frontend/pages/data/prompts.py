"""Prompts: the list, and one with its responses by score."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation.models import Author, Collection, Pair, Prompt, Response
from annotation.review.pairing import pair_chosen
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.data.pairs import EXCERPT, listed_pairs
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_ids
from studio.words import counted

# A prompt with more responses shows so many of them, the best ones where they are scored.
SHOWN = 400


class PromptFilters(Filters):
    q = forms.CharField(label="Search")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    category = forms.CharField(max_length=80)
    author = forms.ModelChoiceField(Author.objects.exclude(kind="judge").order_by("name"), label="Answered by")

    by = {
        "q": lambda prompts, words: prompts.matching(words),
        "collection": lambda prompts, collection: prompts.filter(collection=collection),
        "category": lambda prompts, category: prompts.filter(category=category),
        "author": lambda prompts, author: prompts.answered_by(author),
    }


PROMPTS = Listing(
    words="prompts",
    filters=PromptFilters,
    columns=(
        Column("added", "Prompt", sort="id"),
        Column("prompt", "Text", grows=True),
        Column("responses", "Responses", number=True),
        Column("pairs", "Pairs", number=True),
        Column("category", "Category"),
        Column("collection", "Collection"),
        Column("time", "Added", shown=False),
    ),
    sort="-added",
    placeholder="Search the text of prompts",
)


@cache
def listed_prompts() -> Rows:
    """What the list shows of a prompt; the counts are read for the rows of one page only."""
    return Prompt.objects.values(
        "id",
        "category",
        "created_at",
        excerpt=Left("text", EXCERPT),
        collection_name=F("collection__name"),
        n_responses=number_of(Response.objects.all()),
        n_pairs=number_of(Pair.objects.all()),
    )


def number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows belong to the outer prompt."""
    of_prompt = rows.filter(prompt=OuterRef("pk")).order_by().values("prompt")
    return Coalesce(Subquery(of_prompt.annotate(n=Count("pk")).values("n")), 0)


@requires(Capability.READ_DATA)
def prompt_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, PROMPTS, listed_prompts(), "prompts")


@requires(Capability.READ_DATA)
def prompt(request: HttpRequest, pk: int) -> HttpResponse:
    """One prompt; `?by=` names the reward model whose scores order its responses."""
    found = get_object_or_404(Prompt.objects.select_related("collection"), pk=pk)
    raters = list(
        Author.objects.filter(scores__response__prompt=found).annotate(n=Count("scores")).order_by("-n", "-id")
    )
    rater = next(
        (author for author in raters if str(author.pk) == request.GET.get("by")), raters[0] if raters else None
    )
    ranked = ranking(found, rater)
    entries = folded(ranked)
    scored = [entry["response"] for entry in entries if entry["response"].score is not None]
    context: dict[str, Any] = {
        "prompt": found,
        "raters": raters,
        "rater": rater,
        "entries": entries,
        "n_responses": len(ranked),
        "is_cut": len(ranked) == SHOWN,
        "extremes": extremes(scored),
        "points": [
            {"value": r.score, "href": f"#response-{r.pk}", "title": f"{r.author} {r.score:.2f}"} for r in scored
        ],
        "pairs": listed_pairs().filter(prompt=found).order_by("-id")[:SHOWN],
        "beside": PROMPTS.beside(Prompt.objects.values("id"), request.GET, pk),
    }
    return render(request, "prompts/prompt.html", context)


def ranking(found: Prompt, rater: Author | None) -> list[Any]:
    """The responses by score, best first; without scores by author."""
    responses = Response.objects.filter(prompt=found).scored_by(rater).select_related("author")
    responses = responses.defer("search", "text").annotate(excerpt=Left("text", EXCERPT))
    return list(responses.order_by(F("score").desc(nulls_last=True), "author__name", "pk")[:SHOWN])


def extremes(scored: Sequence[Any]) -> list[dict[str, Any]]:
    """The best and the worst response, as cards; none where fewer than three are scored."""
    if len(scored) < 3:
        return []
    texts = dict(Response.objects.filter(pk__in=[scored[0].pk, scored[-1].pk]).values_list("pk", "text"))
    named = (("Best", "good", scored[0]), ("Worst", "", scored[-1]))
    return [
        {
            "name": response.author.name,
            "text": texts[response.pk],
            "facts": [f"score {response.score:+.3f}", counted(response.length, "character")],
            "badge": {"tone": tone, "words": words},
        }
        for words, tone, response in named
    ]


def folded(ranked: Sequence[Any]) -> list[dict[str, Any]]:
    """Responses with the same text as one entry that names every author; ranks count entries."""
    by_text: dict[str, list[Any]] = {}
    for response in ranked:
        by_text.setdefault(response.digest, []).append(response)
    return [
        {"rank": rank, "response": same[0], "also": [r.author.name for r in same[1:]]}
        for rank, same in enumerate(by_text.values(), start=1)
    ]


@require_POST
@requires(Capability.MANAGE_DATA)
def pair_make(request: HttpRequest, pk: int) -> HttpResponse:
    """A pair of two chosen responses of one prompt."""
    asked = Response.objects.filter(prompt=pk, pk__in=row_ids(request.POST.getlist("response")))
    chosen = list(asked.values_list("pk", flat=True))
    if len(chosen) != 2:
        messages.error(request, f"A pair has two responses. You chose {counted(len(chosen), 'response')}.")
        return redirect("prompt", pk)
    made = pair_chosen([(chosen[0], chosen[1])], source="picked")
    if not made:
        messages.error(request, "These two responses are the same text. Choose two that differ.")
        return redirect("prompt", pk)
    (pair,) = made.values()
    return redirect("pair", pair.pk)
