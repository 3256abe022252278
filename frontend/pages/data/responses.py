"""Responses of all prompts."""

from functools import cache

from django import forms
from django.db.models import F
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotation.models import Author, Collection, Response
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.kit.rendering import markdown
from frontend.pages.data.pairs import EXCERPT
from studio.accounts.access import requires
from studio.accounts.roles import Capability


class ResponseFilters(Filters):
    q = forms.CharField(label="Search")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    author = forms.ModelChoiceField(Author.objects.exclude(kind="judge").order_by("name"), label="Written by")
    longer = forms.IntegerField(label="Characters from", min_value=0)
    shorter = forms.IntegerField(label="Characters to", min_value=0)

    by = {
        "q": lambda responses, words: responses.matching(words),
        "collection": lambda responses, collection: responses.filter(prompt__collection=collection),
        "author": lambda responses, author: responses.filter(author=author),
        "longer": lambda responses, length: responses.filter(length__gte=length),
        "shorter": lambda responses, length: responses.filter(length__lte=length),
    }


RESPONSES = Listing(
    words="responses",
    filters=ResponseFilters,
    columns=(
        Column("added", "Response", sort="id"),
        Column("text", "Text"),
        Column("prompt", "To the prompt"),
        Column("author", "Author"),
        Column("length", "Characters", sort="length", number=True),
        Column("collection", "Collection", shown=False),
    ),
    sort="-added",
    placeholder="Search the text of responses",
)


@cache
def listed_responses() -> Rows:
    return Response.objects.values(
        "id",
        "length",
        "prompt_id",
        excerpt=Left("text", EXCERPT),
        prompt_excerpt=Left("prompt__text", EXCERPT),
        author_name=F("author__name"),
        collection_name=F("prompt__collection__name"),
    )


@requires(Capability.READ_DATA)
def response_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, RESPONSES, listed_responses(), "responses")


@requires(Capability.READ_DATA)
def response_text(request: HttpRequest, pk: int) -> HttpResponse:
    """One response in full, as a fragment: rendering is paid for when somebody reads it."""
    return HttpResponse(markdown(get_object_or_404(Response, pk=pk).text))
