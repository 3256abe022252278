"""A version's records as they were frozen: JSON lines whose SHA-256 is the version's digest."""

from collections.abc import Iterator
from typing import Any


def rows(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return records
