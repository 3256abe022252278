"""Which parameters a view reads: those that it asks the request for, and those that its pages name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.utils.datastructures import MultiValueDict

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


def named_in(response: Any) -> set[str]:
    """Of forms and links."""
    if response.streaming or "html" not in response.headers.get("Content-Type", ""):
        return set()
    return set(IN_A_PAGE.findall(response.content.decode())) - NONE_OF_OURS
