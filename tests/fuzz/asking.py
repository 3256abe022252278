"""Hostile requests to one route by one person, each undone afterwards, and those that ended in a 5xx."""

import json
import os
import random
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any
from urllib.parse import unquote

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import Resolver404, resolve

from tests.fuzz.hostile import BODIES, FORM, JSON, KINDS, LONG, TEXTS, VALUES, mixable, quoted
from tests.fuzz.recording import named_in, noticing_bodies, reads
from tests.fuzz.routes import Route

METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND")
# How many values are drawn for each place, and by which seed: `FUZZ_DRAWN=100 pytest tests/fuzz` sends all of them.
DRAWN = int(os.environ.get("FUZZ_DRAWN", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
# Parameters that many addresses take.
COMMON = ("q", "after", "sort", "page_size", "format", "pair", "judge", "a")
# So many addresses are tried at most for one that leads somewhere.
TRIED = 200


@dataclass
class Asker:
    """`faults` tells for each place in the program that raised the first request that came there."""

    client: Client
    asked: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False
        self.cookies = dict(self.client.cookies)

    def ask(self, method: str, path: str, query: str = "", body: bytes = b"", kind: str = FORM) -> Any:
        with transaction.atomic():
            response: Any = self.client.generic(method, path, body, kind, QUERY_STRING=query)
            said = b"".join(response) if response.streaming else response.content
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        self.asked[response.status_code] += 1
        if response.status_code >= 500:
            sent = f"{method} {path[:120]}?{query[:160]} {kind} {body[:160]!r}"
            self.faults.setdefault(raised_at(response.exc_info), f"{response.status_code} {sent} {said[:160]!r}")
        return response

    def reach(self, route: Route, known: Sequence[str]) -> dict[str, str]:
        """Values with which the route leads somewhere; where none do, the first of those known."""
        tried = (dict(zip(route.names, values, strict=True)) for values in product(known, repeat=len(route.names)))
        for found in islice((values for values in tried if leads(route.at(**values))), TRIED):
            told = (self.ask(method, route.at(**found)).status_code for method in ("GET", "POST", "DELETE"))
            if next((status for status in told if status != 405), 405) != 404:
                return found
        return dict.fromkeys(route.names, known[0])

    def knock(self, route: Route, known: Sequence[str]) -> None:
        """Once in each way, for those who may see little of it."""
        draw, texts = drawing(route), mixable(TEXTS)
        for _ in range(DRAWN):
            path = route.at(**dict.fromkeys(route.names, known[0]))
            self.ask("GET", path, urlencoded([(name, draw.choice(texts)) for name in COMMON]))
            self.ask("POST", path, body=draw.choice(BODIES), kind=draw.choice(KINDS))
        if route.names:
            self.ask(draw.choice(["GET", "POST"]), route.at(**dict.fromkeys(route.names, LONG)))

    def assail(self, route: Route, known: Sequence[str]) -> None:
        """All that the route takes: its path, its query, its bodies, and methods that it does not take."""
        good, draw = self.reach(route, known), drawing(route)
        path = route.at(**good)
        for name in route.names:
            for value in drawn(TEXTS, draw, 2):
                self.ask("GET", route.at(**good | {name: value}))
        self.assail_query(path, draw)
        for method in ("POST", "PATCH"):
            self.assail_body(method, path, draw)
        for method in drawn(METHODS, draw, 2):
            self.ask(method, path)

    def assail_query(self, path: str, draw: random.Random) -> None:
        with reads() as names:
            names |= named_in(self.ask("GET", path))
        for query in fields_of(sorted(names), TEXTS, draw):
            self.ask("GET", path, urlencoded(query))

    def assail_body(self, method: str, path: str, draw: random.Random) -> None:
        with reads() as names, noticing_bodies() as read:
            refused = self.ask(method, path).status_code in {302, 401, 403, 404, 405}
        known = sorted(names)
        if (refused and not known) or not read:
            return
        # A form refuses NUL field by field; what a view reads beside its form is its own to refuse.
        for texts in ([(name, "a\0b") for name in known], *fields_of(known, TEXTS, draw)):
            self.ask(method, path, body=urlencoded(texts).encode())
        for values in fields_of(known, VALUES, draw):
            self.ask(method, path, body=json.dumps(dict(values)).encode(), kind=JSON)
        for body in drawn(BODIES, draw, 1):
            self.ask(method, path, body=body, kind=draw.choice([JSON, *KINDS]))
        self.ask(method, path, body=files(known), kind=MULTIPART_CONTENT)


def leads(path: str) -> bool:
    """To a view, whatever that says."""
    try:
        resolve(unquote(path))
    except Resolver404:
        return False
    return True


def fields_of(names: Sequence[str], values: Sequence[Any], draw: random.Random) -> Iterator[list[tuple[str, Any]]]:
    """All fields with one value, all of them twice, and some alone."""
    if names:
        for value in drawn(mixable(values), draw, 1):
            yield [(name, value) for name in names]
        yield [(name, value) for name in names for value in draw.sample(mixable(values), 2)]
    for name in drawn(names, draw, 2):
        for value in drawn(values, draw, 1):
            yield [(name, value)]


def drawing(route: Route) -> random.Random:
    """The same draws for a route whatever other routes there are."""
    return random.Random(f"{SEED} {route.form}")


def drawn(values: Sequence[Any], draw: random.Random, n: int) -> list[Any]:
    return draw.sample(values, min(n * DRAWN, len(values)))


def urlencoded(fields: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields)


def files(names: Iterable[str]) -> bytes:
    sent = {name: SimpleUploadedFile("\u0301" * 300 + "²", b'{"prompt": "\0"}') for name in names}
    return encode_multipart(BOUNDARY, sent)


def raised_at(error: Any) -> str:
    """The innermost lines of ours, and what was raised there."""
    if not error:
        return "no exception"
    passed = [f"{one.filename}:{one.lineno}" for one in traceback.extract_tb(error[2])]
    ours = [line for line in passed if "site-packages" not in line]
    return f"{' '.join(ours[-2:])} {error[0].__name__}: {str(error[1])[:120]}" if ours else repr(error[1])[:300]
