"""Before a judgment: nothing tells an annotator which response is left, or who wrote it. Every address is asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from annotation.models import Author, Pair
from annotation.review import judgments, queue
from studio.accounts.models import User
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
HINTS = ("one-model", "other-model", "left_first", "right_first", '"left"', "data-shown")
# The API's description, which is the same for everybody.
DESCRIBES = ("/api/schema/", "/api/docs/", "/api/reference/")


@pytest.fixture
def waits(ann: User) -> Pair:
    waiting = pair()
    queue.open_slots(Pair.objects.all())
    judge(waiting, 3, "gpt-4")
    queue.next_slots(ann)
    return waiting


def addresses(of: Pair) -> Iterator[str]:
    """Every address of pages and API, with the ids of the pair and of all that belongs to it."""
    ids = [of.pk, of.left_id, of.right_id, of.prompt_id, of.assignments.get().pk]
    known: Any  # the resolver's own table, which has no type
    for known in get_resolver().reverse_dict.values():
        for template, names in known[0]:
            for pk in ids if names else ids[:1]:
                filled = {name: of.collection.slug if "slug" in name else pk for name in names}
                yield "/" + template % filled


def test_no_address_tells_an_annotator_which_side_is_which(signed_in: SignIn, ann: User, waits: Pair) -> None:
    client = signed_in(ann)
    asked = {address: client.get(address) for address in set(addresses(waits)) if not address.startswith(DESCRIBES)}
    answered = {address: one.content.decode() for address, one in asked.items() if one.status_code == 200}
    assert {"/review/", f"/review/my/pairs/{waits.pk}/", "/api/v1/judgments/"} <= answered.keys()
    told = [(address, hint) for address, text in answered.items() for hint in HINTS if hint in text]
    assert told == []


@pytest.mark.parametrize("address", ["/review/my/next/", "/api/v1/assignments/next/"])
def test_what_comes_to_be_judged_says_nothing(signed_in: SignIn, ann: User, waits: Pair, address: str) -> None:
    answer = signed_in(ann).post(address, {"count": 5}, content_type="application/json")
    text = answer.content.decode()
    assert "Four." in text and not any(hint in text for hint in HINTS)


def test_whoever_reads_data_is_not_told_by_accident_either(signed_in: SignIn, lea: User, waits: Pair) -> None:
    address = f"/pairs/{waits.pk}/"
    assert "one-model" in signed_in(lea).get(address).content.decode()
    waits.assignments.update(state="waiting", annotator=None, leased_until=None)
    queue.next_slots(lea)
    page = signed_in(lea).get(address).content.decode()
    assert "waits for your judgment" in page
    assert not any(hint in page for hint in ("one-model", "other-model", "gpt-4", "Four."))
    assert "one-model" in signed_in(lea).get(address, {"names": 1}).content.decode()
    judgments.record(waits, Author.of(lea), grade=1, shown="left_first")
    assert "one-model" in signed_in(lea).get(address).content.decode()
