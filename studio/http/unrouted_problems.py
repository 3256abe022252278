"""Errors of the API that no endpoint made, as `application/problem+json` (RFC 9457)."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

MEDIA_TYPE = "application/problem+json"
UNDER = "/api/"
# Headers of the answer that is replaced; the others, such as a retry's time and the security policy, stay.
OF_THE_BODY = {"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "ETag", "Last-Modified"}
# What the answers say that were made outside of an endpoint, by Django or by its middleware.
OUTSIDE = {
    400: "The request cannot be read. Check its address, its headers and its body.",
    403: "The request was refused. From a page it needs the CSRF token (X-CSRFToken); a program sends an API token.",
    404: "The API has nothing at this address. /api/docs/ lists every endpoint.",
    405: "This address is not asked by this method. The header Allow names those that it takes.",
    413: "The body is too large.",
    500: "The studio made an error, and the request was not carried out. The log of the web process says why.",
}


@dataclass(frozen=True)
class Explanation:
    """What a request is answered with after an exception: an HTTP status, what happened, and what to do."""

    status: int
    title: str
    says: str


def outline(status: int) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}


def problem(status: int, detail: str = "") -> HttpResponse:
    """A problem that no endpoint made."""
    body = outline(status) | {"detail": detail or OUTSIDE.get(status, HTTPStatus(status).description)}
    return HttpResponse(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)


def api_problems(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Gives the API's form to errors that no endpoint made: an unknown address, a CSRF check, an exception."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(UNDER):
            return response
        if response.headers.get("Content-Type") == MEDIA_TYPE:
            return response
        made = problem(response.status_code)
        for name in response.headers.keys() - OF_THE_BODY:
            made.headers[name] = response.headers[name]
        made.cookies = response.cookies
        return made

    return answered
