"""What is read of a request before anybody looks at it: JSON, ids in addresses, characters that nothing holds."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any
from urllib.parse import unquote

import orjson
from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from studio.http import unrouted_problems

LARGEST_ID = 2**63 - 1
ID = re.compile(r"[0-9]{1,19}", re.ASCII)
# JSON's own way to write NUL; a backslash that is itself escaped comes in pairs before it.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
NUL_SAYS = "It holds the character NUL (U+0000), which no text of the studio can hold. Take it out."


def row_id(text: str | None) -> int | None:
    """The id that a text names: plain digits, within what a column holds. Else None."""
    return int(text) if text and ID.fullmatch(text) and int(text) <= LARGEST_ID else None


def row_ids(texts: Iterable[str]) -> list[int]:
    """Those of the texts that name an id."""
    return [found for text in texts if (found := row_id(text)) is not None]


def listed_ids(text: str) -> list[int]:
    """The ids of an address that has several in one parameter, with commas between them."""
    return row_ids(word.strip() for word in text.split(","))


class JSONParser(BaseParser):
    """Strict JSON by orjson: no NaN, no lone surrogate, no depth that ends in a RecursionError; and no NUL."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return read_json(stream.read())
        except ValueError as error:
            raise ParseError(str(error)) from error


def read_json(raw: bytes) -> Any:
    """What a body holds. Raises ValueError, in words, for what is no JSON or holds NUL."""
    try:
        read = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"The body is no JSON: {error}.") from error
    if NUL.search(raw):
        raise ValueError(f"The body cannot be kept. {NUL_SAYS}")
    return read


def refuse_nul(posted: QueryDict) -> None:
    """For a view that reads a posted form as if it were an address, with no form that checks it field by field."""
    if any("\0" in value for _, values in posted.lists() for value in values):
        raise BadRequest(f"The form cannot be read. {NUL_SAYS}")


def without_nul(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuses an address with NUL in its path or query. Forms and serializers refuse it in a body, field by field."""

    def checked(request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "\0" in unquote(request.META.get("QUERY_STRING", "")):
            says = f"The address cannot be read. {NUL_SAYS}"
            if request.path_info.startswith(unrouted_problems.UNDER):
                return unrouted_problems.problem(400, says)
            raise BadRequest(says)
        return get_response(request)

    return checked
