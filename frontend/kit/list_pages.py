"""How every list answers: the whole page, only its list where htmx asks for that, its filters, or only its count."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import push_url
from django_htmx.middleware import HtmxDetails

from frontend.kit import across
from frontend.kit.listing import Listing, Page, Rows, counted


def list_response(
    request: HttpRequest,
    listing: Listing,
    rows: Rows,
    folder: str,
    context: dict[str, Any] | None = None,
    shown: Callable[[Page], None] | None = None,
) -> HttpResponse:
    """`<folder>/list.html`, which includes `<folder>/rows.html`: the element `#list`, all that a filter changes.

    `shown` is told of the rows that went out, after they are rendered.
    """
    place: AbstractContextManager[None] = nullcontext()
    if across.is_across(request, listing):
        place, (listing, rows) = across.in_all_projects(request, listing), across.spread(listing, rows)
    if "count" in request.GET:
        with place:
            return HttpResponse(counted(listing.narrowed(rows, request.GET)))
    if "filters" in request.GET:
        context = {"filters": listing.filters(request.GET), "unfiltered": listing.unfiltered(request.GET)}
        return render(request, "listing/fields.html", context)
    with place:
        page = listing.page(rows, request.GET)
    is_part = asks_for_list(request)
    template = f"{folder}/{'rows' if is_part else 'list'}.html"
    response = render(request, template, {"page": page, **across.switch(request, listing), **(context or {})})
    if shown:
        shown(page)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return push_url(response, request.path + page.state) if is_part else response


def asks_for_page(request: HttpRequest) -> bool:
    """Whether anything but the list is shown: what stands around it need not be read for a part of it."""
    return not asks_for_list(request) and not {"count", "filters"} & request.GET.keys()


def asks_for_list(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return isinstance(htmx, HtmxDetails) and bool(htmx) and htmx.target == "list"
