"""How the dates of a request are written: as its person chose, else as the browser asks."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from studio import dates


def dates_as_chosen(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Of the account that was read for the request already; it asks the database for nothing."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        own = getattr(request.user, "dates", "")
        known = own if own in dates.ways() else ""
        before = dates.chosen.set(known or dates.asked_for(request.headers.get("Accept-Language", "")))
        try:
            response = get_response(request)
        finally:
            dates.chosen.reset(before)
        if not known and response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return answered
