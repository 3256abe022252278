"""Whole numbers of settings that have no end: JSON of 64 bits, seeds and columns have one."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

LARGEST = 2**63 - 1


def unbounded(settings: type[msgspec.Struct]) -> list[str]:
    return list(endless(inspect.type_info(settings), settings.__name__))


def endless(kind: Any, path: str) -> Iterator[str]:
    """Where in a type a whole number may be larger than a column of the database."""
    match kind:
        case inspect.IntType():
            ends = (kind.ge if kind.gt is None else kind.gt, kind.le if kind.lt is None else kind.lt)
            if any(end is None or abs(end) > LARGEST for end in ends):
                yield path
        case inspect.StructType():
            for field in kind.fields:
                yield from endless(field.type, f"{path}.{field.name}")
        case inspect.UnionType():
            for one in kind.types:
                yield from endless(one, path)
        case inspect.Metadata():
            yield from endless(kind.type, path)
        case inspect.ListType() | inspect.VarTupleType():
            yield from endless(kind.item_type, f"{path}[]")
