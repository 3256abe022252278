from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from annotation import assigning
from annotation.models import Judgment, Pair
from studio.accounts.models import User
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
JUDGMENTS = "/api/v1/judgments/"


@pytest.fixture
def queued() -> Pair:
    made = pair()
    assigning.open_slots(Pair.objects.all(), 1)
    return made


def verdict(of: Pair, **fields: object) -> dict[str, object]:
    return {"pair": of.pk, "grade": 2, "shown": "left_first", **fields}


def test_a_verdict_is_kept_with_its_order_time_and_reason(api: Api, ann: User, queued: Pair) -> None:
    answer = api(ann).post(JUDGMENTS, verdict(queued, seconds=4.5, rationale="Seven is prime."))
    assert answer.status_code == 201
    kept = Judgment.objects.get()
    assert (kept.grade, kept.shown, kept.seconds, kept.rationale) == (2, "left_first", 4.5, "Seven is prime.")
    assert kept.author.user == ann


def test_a_request_sent_twice_is_one_judgment(api: Api, ann: User, queued: Pair) -> None:
    sent = verdict(queued, client_id=str(uuid4()))
    first, second = api(ann).post(JUDGMENTS, sent).json(), api(ann).post(JUDGMENTS, sent).json()
    assert first["id"] == second["id"]


def test_both_bad_is_a_tie_that_says_so(api: Api, ann: User, queued: Pair) -> None:
    answer = api(ann).post(JUDGMENTS, {"pair": queued.pk, "both_bad": True, "shown": "right_first"}).json()
    assert (answer["grade"], answer["both_bad"]) == (0, True)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"grade": 4}, "grade"), ({"shown": "both"}, "shown"), ({"grade": 1, "both_bad": True}, "grade")],
)
def test_what_is_wrong_is_named_by_field(
    api: Api, ann: User, queued: Pair, fields: dict[str, object], field: str
) -> None:
    answer = api(ann).post(JUDGMENTS, verdict(queued, **fields))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Judgment.objects.exists()


def test_an_annotator_judges_only_what_is_in_the_queue(api: Api, ann: User, lea: User) -> None:
    aside = pair()
    assert api(ann).post(JUDGMENTS, verdict(aside)).status_code == 403
    assert api(lea).post(JUDGMENTS, verdict(aside)).status_code == 201


def test_withdrawing_is_for_the_author_alone(api: Api, ann: User, bob: User, lea: User, queued: Pair) -> None:
    made = api(ann).post(JUDGMENTS, verdict(queued)).json()
    address = f"{JUDGMENTS}{made['id']}/withdraw/"
    assert [api(other).post(address).status_code for other in (lea, bob)] == [403, 404]
    assert api(ann).post(address).json()["superseded_at"]
    assert api(ann).post(address).status_code == 200


def test_a_judgment_is_withdrawn_by_the_id_that_the_client_made(api: Api, ann: User, queued: Pair) -> None:
    client_id = str(uuid4())
    api(ann).post(JUDGMENTS, verdict(queued, client_id=client_id))
    assert api(ann).post(f"{JUDGMENTS}{client_id}/withdraw/").status_code == 200
    assert not Judgment.objects.filter(superseded_at=None).exists()
    assert api(ann).post(f"{JUDGMENTS}{uuid4()}/withdraw/").status_code == 404
    assert api(ann).post(f"{JUDGMENTS}none-of-these/withdraw/").status_code == 404


def test_what_was_superseded_is_not_withdrawn(api: Api, ann: User, queued: Pair) -> None:
    first = api(ann).post(JUDGMENTS, verdict(queued)).json()
    api(ann).post(JUDGMENTS, verdict(queued, grade=-1))
    assert api(ann).post(f"{JUDGMENTS}{first['id']}/withdraw/").status_code == 409


def test_after_the_verdict_a_lead_learns_who_wrote_and_who_said_what_and_an_annotator_the_lengths(
    api: Api, ann: User, lea: User, queued: Pair
) -> None:
    judge(queued, -1, "gpt-4")
    blind = api(ann).post(JUDGMENTS, verdict(queued)).json()["revealed"]
    assert blind == {"left": {"length": 5}, "right": {"length": 6}, "others": []}
    seen = api(lea).post(JUDGMENTS, verdict(queued)).json()["revealed"]
    assert seen["left"] == {"length": 5, "author": "one-model"}
    assert [(other["name"], other["grade"]) for other in seen["others"]] == [("gpt-4", -1), ("ann", 2)]


def test_annotators_read_their_own_judgments_only(api: Api, ann: User, lea: User, queued: Pair) -> None:
    judge(queued, -1)
    mine = api(ann).post(JUDGMENTS, verdict(queued)).json()
    assert [row["id"] for row in api(ann).get(JUDGMENTS).json()["results"]] == [mine["id"]]
    assert len(api(lea).get(JUDGMENTS).json()["results"]) == 2
    others = Judgment.objects.exclude(pk=mine["id"]).get()
    assert api(ann).get(f"{JUDGMENTS}{others.pk}/").status_code == 404


def test_ten_judgments_cost_as_many_queries_as_one(
    api: Api, lea: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    judge(pair(), 1)
    client = api(lea)
    with django_assert_num_queries(3):
        client.get(JUDGMENTS)
    for number in range(9):
        judge(pair(f"Name {number}."), 1)
    with django_assert_num_queries(3):
        client.get(JUDGMENTS)
