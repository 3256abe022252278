"""Figures of people by API: a lead reads and pauses all, an annotator reads their own, without agreement."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Assignment, Author, Judgment, Pair, Pause
from annotation.review import judgments, queue
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
LIST = "/api/v1/annotators/"


def said(user: User, of: Pair, grade: int) -> Judgment:
    return judgments.record(of, Author.of(user), grade=grade, shown="left_first")


def test_a_lead_reads_the_figures_of_all(api: Api, ann: User, lea: User) -> None:
    of = pair()
    said(ann, of, 1), judge(of, 1, "gpt-4"), judge(of, -1, "claude")
    rows = {row["username"]: row for row in api(lea).get(LIST).json()["results"]}
    assert rows.keys() == {"ann", "lea"}
    figures = rows["ann"]["figures"]
    assert (figures["n"], figures["judges"]["with_ties"]["estimate"], figures["judges"]["with_ties"]["n"]) == (
        1,
        0.5,
        2,
    )
    assert rows["ann"]["author"] == Author.of(ann).pk and rows["lea"]["figures"]["n"] == 0
    one = api(lea).get(f"{LIST}{ann.pk}/", {"judge": author("claude", "judge").pk}).json()
    assert one["figures"]["judges"]["with_ties"]["estimate"] == 0.0


def test_an_annotator_reads_their_own_and_nobody_elses(api: Api, ann: User, bob: User) -> None:
    of = pair()
    said(ann, of, 1), said(bob, of, 1), judge(of, 1)
    (row,) = api(ann).get(LIST).json()["results"]
    assert (row["id"], row["figures"]["n"]) == (ann.pk, 1)
    assert not {"people", "judges"} & row["figures"].keys()
    assert api(ann).get(f"{LIST}{ann.pk}/").status_code == 200
    for pk in (bob.pk, 999_999):
        assert api(ann).get(f"{LIST}{pk}/").status_code == 404


@pytest.mark.parametrize("act", ["pause", "resume", "take-back", "hand-over"])
def test_nobody_else_pauses_or_takes_back(api: Api, outsider: Client, ann: User, bob: User, act: str) -> None:
    for of in (ann, bob):
        assert api(ann).post(f"{LIST}{of.pk}/{act}/").status_code == 403
    assert outsider.post(f"{LIST}{bob.pk}/{act}/").status_code == 401
    assert outsider.get(LIST).status_code == 401 and not Pause.objects.exists()


def test_a_lead_pauses_takes_back_and_resumes(api: Api, ann: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all()), queue.next_slots(ann)
    client, address = api(lea), f"{LIST}{ann.pk}/"
    assert client.get(address).json()["open"] == 1
    assert client.post(f"{address}pause/", {"note": "Call me."}).json() == {"taken_back": 1}
    assert client.post(f"{address}pause/").status_code == 409
    assert client.get(address).json()["paused"] and Assignment.objects.get().state == "waiting"
    refused = api(ann).post("/api/v1/assignments/next/", {"count": 2})
    assert refused.status_code == 403 and "A lead paused your work. Ask Lea." in refused.json()["detail"]
    assert client.post(f"{address}resume/").status_code == client.post(f"{address}resume/").status_code == 204
    assert len(api(ann).post("/api/v1/assignments/next/", {"count": 2}).json()) == 1
    assert client.post(f"{address}take-back/").json() == {"taken_back": 1}


def test_a_lead_hands_pairs_over_to_a_member_who_is_not_paused(api: Api, ann: User, bob: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all()), queue.next_slots(ann)
    client, address = api(lea), f"{LIST}{ann.pk}/hand-over/"
    assert client.post(address, {"to": ann.pk}).status_code == 409
    assert client.post(address, {"to": 999_999}).status_code == 400
    assert client.post(address, {"to": bob.pk}).json() == {"handed_over": 1, "taken_back": 0}


def test_a_paused_person_takes_no_skip_back(api: Api, ann: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all())
    (slot,) = queue.next_slots(ann)
    queue.skip(ann, slot.pair)
    api(lea).post(f"{LIST}{ann.pk}/pause/")
    assert api(ann).post(f"/api/v1/assignments/{slot.pk}/unskip/").status_code == 403


@pytest.mark.parametrize("query", [{"since": "soon"}, {"collection": "nowhere"}, {"judge": 0}])
def test_what_cannot_be_counted_is_refused_by_its_name(api: Api, lea: User, query: dict[str, Any]) -> None:
    refused = api(lea).get(LIST, query)
    assert refused.status_code == 400 and next(iter(query)) in str(refused.json())


def test_ten_people_take_as_many_queries_as_one(
    api: Api, ann: User, lea: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    said(ann, pair(collection=collection("other")), 1)
    client = api(lea)
    for more in (0, 9):
        for number in range(more):
            said(User.objects.create_user(f"person-{number}"), pair(f"of {number}"), 1)
        cache.clear()
        with django_assert_num_queries(10):
            client.get(LIST)
