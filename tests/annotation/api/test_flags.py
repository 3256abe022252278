from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from annotation.models import Flag
from annotation.review.flagging import flag
from studio.accounts.models import User
from tests.annotation.making import collection, judge, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
FLAGS = "/api/v1/flags/"
MANY = f"{FLAGS}settle/"


def raised(by: User, count: int = 1) -> list[int]:
    return [flag(by, pair(f"Name {by.username} {n}."), "Odd.").pk for n in range(count)]


def listed(client: APIClient, **query: Any) -> set[int]:
    return {row["id"] for row in client.get(FLAGS, query).json()["results"]}


def test_an_annotator_sees_their_own_flags_and_what_became_of_them(api: Api, ann: User, bob: User, lea: User) -> None:
    mine, others = raised(ann), raised(bob)
    api(lea).post(f"{FLAGS}{mine[0]}/settle/", {"state": "fixed", "note": "The answer was cut; it is whole now."})
    (row,) = api(ann).get(FLAGS).json()["results"]
    assert (row["id"], row["state"], row["settled_by"]) == (mine[0], "fixed", "lea")
    assert row["note"].startswith("The answer")
    assert api(ann).get(f"{FLAGS}{others[0]}/").status_code == 404


def test_a_lead_settles_many_at_once_and_the_decision_names_them(api: Api, ann: User, lea: User) -> None:
    flags = raised(ann, 3)
    answer = api(lea).post(MANY, {"flags": flags, "state": "excluded", "note": "Private."})
    assert (answer.status_code, answer.json()) == (200, {"settled": 3})
    assert api(lea).post(MANY, {"flags": flags, "state": "excluded", "note": "Private."}).json() == {"settled": 0}
    (decision,) = api(lea).get(f"{FLAGS}{flags[0]}/").json()["settlements"]
    assert (decision["state"], decision["by"], decision["note"]) == ("excluded", "lea", "Private.")


def test_a_flag_that_is_not_there_settles_none(api: Api, ann: User, lea: User) -> None:
    flags = raised(ann)
    answer = api(lea).post(MANY, {"flags": [*flags, 999_999], "state": "fixed"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "flags")
    assert Flag.objects.get().state == "open"


@pytest.mark.parametrize("said", [{"state": "gone"}, {}, {"state": "fixed", "flags": []}])
def test_a_decision_that_cannot_be_read_is_refused(api: Api, ann: User, lea: User, said: dict[str, Any]) -> None:
    assert api(lea).post(MANY, {"flags": raised(ann)} | said).status_code == 400


def test_opening_again_beside_a_newer_flag_is_a_conflict(api: Api, ann: User, lea: User) -> None:
    (old,) = raised(ann)
    api(lea).post(f"{FLAGS}{old}/settle/", {"state": "dismissed"})
    flag(ann, Flag.objects.get().pair, "Still odd.")
    assert api(lea).post(f"{FLAGS}{old}/settle/", {"state": "open"}).status_code == 409


def test_annotators_and_strangers_settle_nothing(api: Api, outsider: Client, ann: User) -> None:
    (mine,) = raised(ann)
    for address in (MANY, f"{FLAGS}{mine}/settle/"):
        assert api(ann).post(address, {"flags": [mine], "state": "dismissed"}).status_code == 403
        assert outsider.post(address).status_code == 401
    assert outsider.get(FLAGS).status_code == 401
    assert Flag.objects.get().state == "open"


def test_whoever_reads_data_flags_any_pair(api: Api, ann: User, lea: User) -> None:
    said = {"pair": pair().pk, "reason": "A phone number."}
    assert api(ann).post(FLAGS, said).status_code == 403
    assert api(lea).post(FLAGS, said).json()["author_name"] == "lea"
    assert api(lea).post(FLAGS, said | {"reason": ""}).status_code == 400


def test_flags_are_listed_by_state_and_collection(api: Api, ann: User, lea: User) -> None:
    (here,) = raised(ann)
    there = flag(ann, pair("Elsewhere.", collection=collection("other")), "Odd.").pk
    api(lea).post(f"{FLAGS}{here}/settle/", {"state": "fixed"})
    assert listed(api(lea), state="open") == listed(api(lea), collection="other") == {there}


def test_queries_do_not_grow_with_flags(
    api: Api, ann: User, lea: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    raised(ann, 10)
    client = api(lea)
    with django_assert_max_num_queries(4):
        client.get(FLAGS)


def test_flagged_pairs_are_filtered_and_stay_out_of_an_export_that_does_not_ask_for_them(
    api: Api, ann: User, lea: User
) -> None:
    kept = pair("Fine.")
    judge(kept, 1)
    odd = Flag.objects.get(pk=raised(ann)[0]).pair
    found = {
        how: api(lea).get("/api/v1/pairs/", {"flag": how}).json()["results"] for how in ("left_out", "kept", "any")
    }
    assert {how: [row["id"] for row in rows] for how, rows in found.items()} == {
        "left_out": [odd.pk],
        "kept": [kept.pk],
        "any": [odd.pk],
    }
    plain: Any = api(lea).get("/api/v1/pairs/export/")
    assert (len(b"".join(plain.streaming_content).splitlines()), plain.headers["X-Left-Out"]) == (1, "1")
    asked: Any = api(lea).get("/api/v1/pairs/export/?flag=any")
    assert (len(b"".join(asked.streaming_content).splitlines()), asked.headers["X-Left-Out"]) == (1, "0")
    assert api(lea).get("/api/v1/pairs/?flag=perhaps").status_code == 400
    assert api(lea).get(f"/api/v1/pairs/{odd.pk}/").json()["flags"][0]["reason"] == "Odd."
    assert api(lea).post("/api/v1/pairs/assign/", {}).json() == {"opened": 1, "flagged": 1}
