"""Which parameters a view reads: those that it asks the request for, and those that its pages name; and its body."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from rest_framework.request import Request

READERS = ("__getitem__", "__contains__", "getlist", "pop")
IN_A_PAGE = re.compile(r'(?<=[\s]name=")[\w.-]+(?=")|(?<=[?;&])[\w.-]+(?==)')
NONE_OF_OURS = {
    "csrfmiddlewaretoken",
    "viewport",
    "theme-color",
    "color-scheme",
    "description",
    "csrf-token",
    "htmx-config",
}


@contextmanager
def reads() -> Iterator[set[str]]:
    """The names that a QueryDict was asked for meanwhile."""
    names: set[str] = set()

    def noted(reader: str) -> Any:
        original = getattr(MultiValueDict, reader)

        def read(self: Any, name: Any, *rest: Any) -> Any:
            if isinstance(name, str):
                names.add(name)
            return original(self, name, *rest)

        return read

    with patch.multiple(MultiValueDict, **{reader: noted(reader) for reader in READERS}):
        yield names
    names -= NONE_OF_OURS


@contextmanager
def noticing_bodies() -> Iterator[list[HttpRequest | Request]]:
    """The requests whose body was asked for meanwhile. Django reads a form that comes by POST, and by no other way."""
    read: list[HttpRequest | Request] = []

    def noted(owner: Any, name: str, of: tuple[str, ...]) -> Any:
        original: Any = getattr(owner, name)
        is_property = isinstance(original, property)
        call = original.fget if is_property else original

        def reader(self: Any) -> Any:
            if self.method in of:
                read.append(self)
            return call(self)

        return patch.object(owner, name, property(reader) if is_property else reader)

    with (
        noted(HttpRequest, "_load_post_and_files", ("POST",)),
        noted(HttpRequest, "body", ("POST", "PATCH")),
        noted(Request, "_load_data_and_files", ("POST", "PATCH")),
    ):
        yield read


def named_in(response: Any) -> set[str]:
    """Of forms and links."""
    if response.streaming or "html" not in response.headers.get("Content-Type", ""):
        return set()
    return set(IN_A_PAGE.findall(response.content.decode())) - NONE_OF_OURS
