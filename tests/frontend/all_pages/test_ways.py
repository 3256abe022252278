"""What is offered may be done: every link and button of every page, followed as each role."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from studio.accounts.models import User
from studio.projects import addresses
from tests.frontend.filled import fill
from training.runs import launching

SignIn = Callable[[User], Client]

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
FORM_ACTION = re.compile(r'\bformaction="([^"]*)"')
ATTRIBUTE = re.compile(r'\s([\w-]+)="([^"]*)"')
BY_POST = ("action", "hx-post", "formaction")
# Of pages that differ in a number or in the order of a list, so many are looked at.
ALIKE = {"run": 5}
ORDER = {"columns", "sort", "filters", "count", "after", "before", "stages"}
WORDS = ("", "new", "start", "judge", "run", "checkpoint", "help", "a")


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.mark.parametrize("role", ["ann", "lea", "eli", "ada"])
def test_no_link_or_button_that_a_role_is_offered_is_refused(
    role: str, request: pytest.FixtureRequest, signed_in: SignIn, eli: User
) -> None:
    fill(eli)
    refused, seen = walk(signed_in(request.getfixturevalue(role)))
    assert len(seen) >= (10 if role == "ann" else 60)
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize("role", ["lea", "eli"])
def test_nor_in_the_admin_by_staff_without_every_right(
    role: str, request: pytest.FixtureRequest, signed_in: SignIn, eli: User
) -> None:
    fill(eli)
    staff: User = request.getfixturevalue(role)
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    refused, seen = walk(signed_in(staff), "/admin/", within="/admin/")
    assert "GET /admin/" in seen and not refused, "\n".join(refused)


def test_nor_in_a_studio_that_is_empty_yet(signed_in: SignIn, lea: User) -> None:
    refused, seen = walk(signed_in(lea))
    assert len(seen) >= 40 and not refused, "\n".join(refused)


def walk(client: Client, start: str = "/", within: str = "/") -> tuple[list[str], set[str]]:
    """What was offered and answered 403 or 5xx, and the pages that were looked at."""
    waiting = [("GET", start, "")] + [("GET", f"/palette/?q={words}", "") for words in WORDS]
    seen: set[str] = set()
    alike: Counter[tuple[str, ...]] = Counter()
    refused = []
    while waiting:
        method, address, found_on = waiting.pop(0)
        if (
            f"{method} {address}" in seen
            or (route := route_of(method, address)) is None
            or alike[route] >= ALIKE.get(route[1], 1)
        ):
            continue
        seen.add(f"{method} {address}")
        alike[route] += 1
        status, body = answer(client, method, address)
        if status == 403 or status >= 500:
            refused.append(f"{status} {method} {address}, offered on {found_on}")
        waiting += [(how, urljoin(address, where), address) for how, where in offered(body)]
    return refused, seen


def route_of(method: str, address: str) -> tuple[str, ...] | None:
    """What pages that differ in numbers only have in common; None for what is no page of ours."""
    parts = urlsplit(address)
    path = addresses.parts(parts.path)[1]
    if path.startswith(("/static/", "/sign-out/")):
        return None
    if path == "/palette/":
        return method, path, parts.query
    try:
        found = resolve(path)
    except Resolver404:
        return method, path
    words = [value for value in found.kwargs.values() if not isinstance(value, int)]
    return (
        method,
        found.view_name or found.route,
        *map(str, words[:1]),
        *sorted(dict(parse_qsl(parts.query)).keys() - ORDER),
    )


def answer(client: Client, method: str, address: str) -> tuple[int, str]:
    """The status and the page. What a button does is undone again."""
    with transaction.atomic():
        found = client.get(address) if method == "GET" else client.post(address)
        is_page = found.headers.get("Content-Type", "").startswith(("text/html", "application/json"))
        body = found.content.decode() if is_page and not found.streaming else ""
        transaction.set_rollback(method == "POST")
    return found.status_code, body


def offered(body: str) -> Iterator[tuple[str, str]]:
    """Each link, form and button of a page: the method and the address."""
    posted = {match[1] for form in FORM.finditer(body) if 'method="post"' in form[1] for match in targets(form)}
    for name, value in ATTRIBUTE.findall(body):
        address = unescape(value)
        if address.startswith(("/", "?")) and not address.startswith("//") and name not in ("placeholder", "value"):
            yield ("POST" if address in posted or name == "hx-post" else "GET"), address
    for address in re.findall(r'"url": "([^"]+)"', body):
        yield "GET", address


def targets(form: re.Match[str]) -> list[re.Match[str]]:
    return [*re.finditer(r'\baction="([^"]*)"', form[1]), *FORM_ACTION.finditer(form[2])]
