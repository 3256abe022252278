"""Every link of every page is followed, as a lead and as an admin, in a studio where every page shows something."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

from frontend.presenters.evaluation import leaderboards
from studio.accounts.models import User
from tests.conftest import HERE
from tests.frontend.filled import fill
from training.evaluation.leaderboards import published
from training.models import BenchmarkResult

SignIn = Callable[[User], Client]

LINK = re.compile(r"""\b(?:href|src|data-metrics|data-log-at)="([^"#]+)""")
# A part that a page asks for by itself; a box asks with what was typed into it.
PART = re.compile(r"""hx-get="([^"]+)"[^>]*hx-trigger="(?:load|revealed|every)""")
# So many addresses are followed that differ in numbers and values only (of the admin site one, and by a lead one,
# whose rights are what an admin's walk leaves to be seen), but of results all.
ALIKE = {"admin": 2, "lead": 1}
EVERY_ONE = re.compile(rf"{HERE}/(benchmarks|leaderboards/results)/[0-9]+/")


def links(page: str, at: str) -> Iterator[str]:
    """Addresses within the studio that a page speaks of, without their fragments."""
    for found in LINK.findall(page) + PART.findall(page):
        address = urldefrag(urljoin(at, unescape(found))).url
        if address.startswith("/") and not address.startswith(("/static/", "//")):
            yield address


def shapes(address: str) -> list[str]:
    """What it asks of which kind of page: one for each parameter, so that a list's filters are not multiplied."""
    parts = urlsplit(address)
    page = parts.path if EVERY_ONE.fullmatch(address) else re.sub("[0-9]+", "N", parts.path)
    return [f"{page}?{one.partition('=')[0]}" for one in parts.query.split("&")]


def crawl(client: Client, begin: list[str], alike_at_most: int = ALIKE["admin"]) -> dict[str, int]:
    """Each address that was followed → its status."""
    waiting, alike = [f"{HERE}/", *begin], Counter[str]()
    found = dict.fromkeys(waiting, 0)
    while waiting:
        at = waiting.pop()
        answer = client.get(at)
        found[at] = answer.status_code
        # What is streamed goes wrong only when it is read.
        body = b"".join(answer) if answer.streaming else answer.content
        if "html" in answer.headers.get("Content-Type", ""):
            for link in dict.fromkeys(links(body.decode(), at)):
                if link not in found and min(alike[one] for one in shapes(link)) < (
                    1 if link.startswith("/admin/") else alike_at_most
                ):
                    alike.update(shapes(link))
                    found[link] = 0
                    waiting.append(link)
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", ["lead", "admin"])
def test_every_link_leads_somewhere(who: str, signed_in: SignIn, lea: User, ada: User) -> None:
    user = {"lead": lea, "admin": ada}[who]
    fill(user)
    published.load()
    # A board is chosen from a box, which is no link: each is begun with, and so are rows.
    offered = [
        f"{HERE}/leaderboards/{board.key.benchmark}/?board={quote(board.token)}" for board in leaderboards.known()
    ]
    rows = BenchmarkResult.objects.exclude(benchmark="alpaca_eval").values_list("pk", flat=True)
    followed = crawl(signed_in(user), [*(f"{HERE}/benchmarks/{pk}/" for pk in rows), *offered], ALIKE[who])
    every = {f"{HERE}/leaderboards/results/{pk}/" for pk in BenchmarkResult.objects.values_list("pk", flat=True)}
    assert every <= followed.keys()
    assert {address: status for address, status in followed.items() if status >= 400} == {}
