from collections.abc import Callable, Iterator
from time import time
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from annotation.models import Judgment, Pair, Shown
from annotation.review import queue, shown_order
from studio import cipher
from studio.accounts.models import User
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
JUDGMENTS = "/api/v1/judgments/"


@pytest.fixture
def queued() -> Pair:
    made = pair()
    queue.open_slots(Pair.objects.all(), 1)
    return made


def verdict(of: Pair, by: User, order: str = "left_first", **fields: Any) -> dict[str, object]:
    return {"pair": of.pk, "verdict": 2, "token": shown_order.token(of, by, Shown(order)), **fields}


def tokens(of: Pair, by: User) -> Iterator[str]:
    while True:
        yield shown_order.token(of, by, Shown.LEFT_FIRST)


def refusal(client: APIClient, sent: dict[str, object]) -> tuple[str, str]:
    answer = client.post(JUDGMENTS, sent)
    assert (answer.status_code, Judgment.objects.count()) == (400, 0)
    (error,) = answer.json()["errors"]
    return error["field"], error["message"]


def test_a_verdict_is_kept_with_its_order_time_and_reason(api: Api, ann: User, queued: Pair) -> None:
    answer = api(ann).post(JUDGMENTS, verdict(queued, ann, seconds=4.5, rationale="Seven is prime."))
    assert answer.status_code == 201
    kept = Judgment.objects.get()
    assert (kept.grade, kept.shown, kept.seconds, kept.rationale) == (2, "left_first", 4.5, "Seven is prime.")
    assert kept.author.user == ann


def test_a_verdict_on_the_second_prefers_left_where_right_came_first(api: Api, ann: User, queued: Pair) -> None:
    assert api(ann).post(JUDGMENTS, verdict(queued, ann, "right_first")).json()["verdict"] == 2
    kept = Judgment.objects.get()
    assert (kept.grade, kept.shown) == (-2, "right_first")


def test_a_request_sent_twice_is_one_judgment(api: Api, ann: User, queued: Pair) -> None:
    sent = verdict(queued, ann, client_id=str(uuid4()))
    first, second = api(ann).post(JUDGMENTS, sent).json(), api(ann).post(JUDGMENTS, sent).json()
    assert first["id"] == second["id"]


def test_both_bad_is_a_tie_that_says_so_with_a_verdict_or_alone(api: Api, ann: User, queued: Pair) -> None:
    sent = verdict(queued, ann, both_bad=True, verdict=0)
    for given in (sent, {name: value for name, value in sent.items() if name != "verdict"}):
        answer = api(ann).post(JUDGMENTS, given).json()
        assert (answer["verdict"], answer["both_bad"]) == (0, True)


@pytest.mark.parametrize("fields", [{"verdict": 4}, {"verdict": None}, {"verdict": 1, "both_bad": True}])
def test_what_is_wrong_is_named_by_field(api: Api, ann: User, queued: Pair, fields: dict[str, Any]) -> None:
    assert refusal(api(ann), verdict(queued, ann, **fields))[0] == "verdict"


def test_a_token_is_refused_in_words_where_it_says_nothing_of_this_pair_and_person(
    api: Api, ann: User, bob: User, queued: Pair
) -> None:
    def said(token: str) -> str:
        field, message = refusal(api(ann), verdict(queued, ann, token=token))
        return message if field == "token" else field

    mine = next(token for token in tokens(queued, ann) if token[60].isalpha())
    old = cipher.cipher(shown_order.PURPOSE).encrypt_at_time(b"1 1 l", int(time()) - 31 * 86_400).decode()
    assert "no token of this studio" in said(mine[:60] + mine[60].swapcase() + mine[61:])
    assert "no token of this studio" in said("left_first")
    assert "another person" in said(shown_order.token(queued, bob, Shown.LEFT_FIRST))
    assert "another pair" in said(shown_order.token(pair("Other."), ann, Shown.LEFT_FIRST))
    assert "more than 30 days ago" in said(old)
    assert api(ann).post(JUDGMENTS, {"pair": queued.pk, "verdict": 1}).json()["errors"][0]["field"] == "token"


def test_an_annotator_never_learns_which_response_is_left(api: Api, ann: User, queued: Pair) -> None:
    made = api(ann).post(JUDGMENTS, verdict(queued, ann)).json()
    withdrawn = api(ann).post(f"{JUDGMENTS}{made['id']}/withdraw/").json()
    listed = api(ann).get(JUDGMENTS).json()["results"][0]
    for answer in (made, withdrawn, listed):
        assert not {"grade", "shown"} & answer.keys()
        assert "left" not in str(answer)
    assert api(ann).get(JUDGMENTS, {"grade": 2}).status_code == 400


def test_a_judgment_faster_than_anybody_reads_is_marked(api: Api, ann: User, lea: User, queued: Pair) -> None:
    assert api(ann).post(JUDGMENTS, verdict(queued, ann, seconds=0.2)).json()["too_fast"]
    assert not api(lea).post(JUDGMENTS, verdict(queued, lea, seconds=2)).json()["too_fast"]
    found = api(lea).get(JUDGMENTS, {"too_fast": True, "grade": 2}).json()["results"]
    assert [row["author_name"] for row in found] == ["ann"]


def test_an_annotator_judges_only_what_is_in_the_queue(api: Api, ann: User, lea: User) -> None:
    aside = pair()
    assert api(ann).post(JUDGMENTS, verdict(aside, ann)).status_code == 403
    assert api(lea).post(JUDGMENTS, verdict(aside, lea)).status_code == 201


def test_withdrawing_is_for_the_author_alone(api: Api, ann: User, bob: User, lea: User, queued: Pair) -> None:
    made = api(ann).post(JUDGMENTS, verdict(queued, ann)).json()
    address = f"{JUDGMENTS}{made['id']}/withdraw/"
    assert [api(other).post(address).status_code for other in (lea, bob)] == [403, 404]
    assert api(ann).post(address).json()["superseded_at"]
    assert api(ann).post(address).status_code == 200


def test_a_judgment_is_withdrawn_by_the_id_that_the_client_made(api: Api, ann: User, queued: Pair) -> None:
    client_id = str(uuid4())
    api(ann).post(JUDGMENTS, verdict(queued, ann, client_id=client_id))
    assert api(ann).post(f"{JUDGMENTS}{client_id}/withdraw/").status_code == 200
    assert not Judgment.objects.filter(superseded_at=None).exists()
    assert api(ann).post(f"{JUDGMENTS}{uuid4()}/withdraw/").status_code == 404
    assert api(ann).post(f"{JUDGMENTS}none-of-these/withdraw/").status_code == 404


def test_what_was_superseded_is_not_withdrawn(api: Api, ann: User, queued: Pair) -> None:
    first = api(ann).post(JUDGMENTS, verdict(queued, ann)).json()
    api(ann).post(JUDGMENTS, verdict(queued, ann, verdict=-1))
    assert api(ann).post(f"{JUDGMENTS}{first['id']}/withdraw/").status_code == 409


def test_after_the_verdict_a_lead_learns_who_wrote_and_who_said_what_and_an_annotator_the_lengths(
    api: Api, ann: User, lea: User, queued: Pair
) -> None:
    judge(queued, -1, "gpt-4")
    blind = api(ann).post(JUDGMENTS, verdict(queued, ann)).json()["revealed"]
    assert blind == {"first": {"length": 5}, "second": {"length": 6}, "others": []}
    seen = api(lea).post(JUDGMENTS, verdict(queued, lea, "right_first")).json()["revealed"]
    assert seen["second"] == {"length": 5, "author": "one-model"}
    assert [(other["name"], other["verdict"]) for other in seen["others"]] == [("gpt-4", 1), ("ann", -2)]


def test_annotators_read_their_own_judgments_only(api: Api, ann: User, lea: User, queued: Pair) -> None:
    judge(queued, -1)
    mine = api(ann).post(JUDGMENTS, verdict(queued, ann)).json()
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
