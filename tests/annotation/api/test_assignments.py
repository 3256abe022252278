from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Assignment, Flag, Pair
from annotation.review import queue, shown_order
from studio.accounts.models import User
from tests.annotation.making import collection, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
NEXT = "/api/v1/assignments/next/"


def queued(pairs: int = 3) -> list[Pair]:
    made = [pair(f"Name {number}.") for number in range(pairs)]
    queue.open_slots(Pair.objects.all(), 1)
    return made


def slot(client: APIClient) -> dict[str, Any]:
    found: dict[str, Any] = client.post(NEXT, {"count": 1}).json()[0]
    return found


def test_the_next_pairs_come_in_the_order_shown_and_without_authors(api: Api, ann: User) -> None:
    queued(2)
    found = api(ann).post(NEXT, {"count": 5}).json()
    assert len(found) == 2
    for held in found:
        texts = ["Four.", "Seven."]
        order = shown_order.order_for(Pair.objects.get(pk=held["pair"]), ann)
        assert [held["first"], held["second"]] == (texts if order == "left_first" else texts[::-1])
        assert not any(name in str(held) for name in ("model", "left", "right"))


def test_one_collection_alone_can_be_asked_for(api: Api, ann: User) -> None:
    pair("Other.", collection=collection("other"))
    queued(1)
    found = api(ann).post(NEXT, {"count": 5, "collection": "other"}).json()
    assert [held["collection"] for held in found] == ["other"]


@pytest.mark.parametrize("count", [0, 51, "many"])
def test_a_count_out_of_bounds_is_named(api: Api, ann: User, count: object) -> None:
    answer = api(ann).post(NEXT, {"count": count})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "count")


def test_skipping_leaves_the_pair_to_others(api: Api, ann: User, bob: User) -> None:
    queued(1)
    held = slot(api(ann))
    assert api(ann).post(f"/api/v1/assignments/{held['id']}/skip/", {"reason": "Not my field."}).status_code == 204
    assert api(ann).post(NEXT, {}).json() == []
    assert len(api(bob).post(NEXT, {}).json()) == 1


def test_a_flag_needs_a_reason_and_keeps_the_pair(api: Api, ann: User) -> None:
    queued(1)
    held = slot(api(ann))
    address = f"/api/v1/assignments/{held['id']}/flag/"
    assert api(ann).post(address, {}).status_code == 400
    assert api(ann).post(address, {"reason": "Both are empty."}).status_code == 204
    assert slot(api(ann))["id"] == held["id"]
    assert Flag.objects.get().reason == "Both are empty."


def test_a_skip_may_be_sent_twice_and_taken_back_until_somebody_else_has_the_pair(
    api: Api, ann: User, bob: User
) -> None:
    queued(1)
    address = f"/api/v1/assignments/{slot(api(ann))['id']}"
    assert [api(ann).post(f"{address}/skip/").status_code for _ in range(2)] == [204, 204]
    assert [api(ann).post(f"{address}/unskip/").status_code for _ in range(2)] == [204, 204]
    assert len(api(ann).post(NEXT, {}).json()) == 1
    api(ann).post(f"{address}/skip/")
    slot(api(bob))
    assert api(ann).post(f"{address}/unskip/").status_code == 409


def test_a_lead_sends_the_pairs_of_a_filter_to_review(api: Api, lea: User) -> None:
    pair("Here.", collection=collection("here", overlap=2))
    pair("There.", collection=collection("there"))
    answer = api(lea).post("/api/v1/pairs/assign/?collection=here", {})
    assert (answer.status_code, answer.json()) == (200, {"opened": 2, "flagged": 0})
    assert api(lea).post("/api/v1/pairs/assign/", {"limit": 5, "overlap": 3}).json() == {"opened": 3, "flagged": 0}
    assert api(lea).post("/api/v1/pairs/assign/", {"overlap": 0}).status_code == 400


def test_annotators_and_strangers_send_nothing_to_review(api: Api, ann: User, outsider: Client) -> None:
    pair()
    assert api(ann).post("/api/v1/pairs/assign/", {}).status_code == 403
    assert outsider.post("/api/v1/pairs/assign/").status_code == 401
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("act", ["skip", "unskip", "flag", "release", "renew"])
def test_another_annotators_slot_is_not_to_be_found(api: Api, ann: User, bob: User, act: str) -> None:
    queued(1)
    held = slot(api(ann))
    assert api(bob).post(f"/api/v1/assignments/{held['id']}/{act}/", {"reason": "Mine."}).status_code == 404


@pytest.mark.parametrize("address", [NEXT, "/api/v1/assignments/1/skip/", "/api/v1/judgments/"])
def test_a_stranger_gets_nothing(outsider: Client, address: str) -> None:
    assert outsider.post(address).status_code == 401


def test_ten_pairs_cost_as_many_queries_to_show_as_one(
    api: Api, ann: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    queued(10)
    client = api(ann)
    client.post(NEXT, {"count": 10})
    with django_assert_num_queries(6):
        client.post(NEXT, {"count": 1})
    with django_assert_num_queries(6):
        client.post(NEXT, {"count": 10})


def test_progress_is_mine_and_everybodys(api: Api, ann: User) -> None:
    queued(3)
    assert api(ann).get("/api/v1/assignments/progress/").json() == {
        "total": 3,
        "done": 0,
        "mine": 0,
        "today": 0,
        "remaining": 3,
    }
