"""My judgments: my own figures, what I said as I saw it, narrowed, and taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from annotation.models import Assignment, Author, Judgment, Pair
from annotation.review import judgments, queue
from frontend.pages.review import judgments as pages
from frontend.pages.review.judgments import MyJudgmentFilters, as_seen
from studio.accounts.models import User
from tests.annotation.making import collection, judge, pair
from tests.conftest import HERE

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


def queued(count: int, **fields: Any) -> list[Pair]:
    made = [pair(f"Name {n} primes.", **fields) for n in range(count)]
    queue.open_slots(Pair.objects.all())
    return made


def mine(client: Client, **query: Any) -> str:
    cache.clear()
    answer = client.get("/review/my/judgments/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_my_judgments_are_listed_as_i_saw_them_and_nobody_elses(signed_in: SignedIn, ann: User, bob: User) -> None:
    one, other = queued(2)
    judgments.record(one, Author.of(ann), grade=2, shown="right_first")
    judgments.record(other, Author.of(bob), grade=2, shown="right_first")
    page = mine(signed_in(ann))
    assert "Name 0 primes." in page and "Name 1 primes." not in page
    assert "A better" in page and "B better" not in page


@pytest.mark.parametrize(("verdict", "n"), [("a", 1), ("b", 1), ("tie", 1), ("bad", 1)])
def test_my_judgments_are_narrowed_by_verdict(signed_in: SignedIn, ann: User, verdict: str, n: int) -> None:
    for of, given in zip(queued(4), ({"grade": -1}, {"grade": 3}, {"grade": 0}, {"both_bad": True}), strict=True):
        judgments.record(of, Author.of(ann), shown="left_first", **given)  # type: ignore[arg-type]
    assert mine(signed_in(ann), verdict=verdict).count("<tr id=") == n


def agreement(page: str) -> str:
    return page.split('id="agreement"')[1].split("</section>")[0]


def test_agreement_is_as_it_stood_on_monday_and_says_nothing_of_a_pair_judged_since(
    signed_in: SignedIn, ann: User, bob: User
) -> None:
    for number, of in enumerate(queued(10)):
        judge(of, 1, "gpt-4")
        for user, grade in ((ann, 1), (bob, 1 if number % 2 else -1)):
            judgments.record(of, Author.of(user), grade=grade, shown="right_first")
    assert "gpt-4" not in mine(signed_in(ann)) and "Other people" not in mine(signed_in(ann))
    Judgment.objects.update(created_at=timezone.now() - timedelta(days=8))
    page = mine(signed_in(ann))
    assert "Other people" in page and ">bob<" not in page and "Bob" not in page
    told = agreement(page)
    assert "100.0 %" in told and "50.0 %" in told
    judgments.record(of, Author.of(ann), grade=-1, shown="right_first")
    assert agreement(mine(signed_in(ann))) == told


def test_of_fewer_than_ten_shared_pairs_no_agreement_is_told(signed_in: SignedIn, ann: User) -> None:
    for of in queued(9):
        judge(of, 1, "gpt-4")
        judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    Judgment.objects.update(created_at=timezone.now() - timedelta(days=8))
    page = mine(signed_in(ann))
    assert "too few" in page and "gpt-4" in page


@pytest.mark.parametrize("query", [{"beside": 1, "differs": "on"}, {"people": "differ"}, {"judges": "differ"}])
def test_no_address_of_mine_tells_where_others_differ(signed_in: SignedIn, ann: User, query: dict[str, Any]) -> None:
    """The list stays whole: what it left out would be told."""
    agreed, differed = queued(2)
    for of, grade in ((agreed, 1), (differed, -1)):
        judge(of, grade, "gpt-4"), judge(of, grade, "carl", "person")
        judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    query = query | ({"beside": Author.objects.get(name="gpt-4").pk} if "beside" in query else {})
    page = mine(signed_in(ann), **query, columns="prompt,theirs,people,judges")
    assert page.count("<tr id=") == 2 and "agree" not in page.split('id="list"')[1]


def test_my_judgments_take_as_many_queries_for_ten_as_for_one(
    signed_in: SignedIn, ann: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    first, *others = queued(10)
    judgments.record(first, Author.of(ann), grade=1, shown="left_first")
    client = signed_in(ann)
    with django_assert_num_queries(14):
        mine(client)
    for of in others:
        judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    with django_assert_num_queries(14):
        mine(client)


def test_a_judgment_is_taken_back_by_whoever_passed_it(signed_in: SignedIn, ann: User, lea: User) -> None:
    (of,) = queued(1)
    queue.next_slots(ann)
    made = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    address = f"/review/my/judgments/{made.pk}/withdraw/"
    assert signed_in(lea).post(address).status_code == 404
    assert signed_in(ann).get(address).status_code == 405
    assert signed_in(ann).post(address).status_code == 302
    assert not Judgment.objects.filter(superseded_at=None).exists()
    assert Assignment.objects.get().state == "leased"


def narrowed(by: Author, query: str) -> list[int]:
    """The pairs of this author's judgments that the filters leave."""
    rows: Any = Judgment.objects.filter(author=by, superseded_at=None).values("pair_id", seen=as_seen("grade"))
    return sorted(row["pair_id"] for row in MyJudgmentFilters(QueryDict(query)).narrow(rows))


@pytest.mark.parametrize(("shown", "verdict"), [("left_first", "b"), ("right_first", "a"), ("both", "b")])
def test_a_side_is_the_one_that_i_saw(ann: User, shown: str, verdict: str) -> None:
    (of,) = queued(1)
    judgments.record(of, Author.of(ann), grade=2, shown=shown)
    assert narrowed(Author.of(ann), f"verdict={verdict}") == [of.pk]
    assert narrowed(Author.of(ann), f"verdict={'a' if verdict == 'b' else 'b'}") == []


def test_both_bad_is_no_tie(ann: User) -> None:
    tie, bad = queued(2)
    judgments.record(tie, Author.of(ann), grade=0, shown="left_first")
    judgments.record(bad, Author.of(ann), both_bad=True, shown="left_first")
    assert (narrowed(Author.of(ann), "verdict=tie"), narrowed(Author.of(ann), "verdict=bad")) == ([tie.pk], [bad.pk])


def test_what_was_too_fast_and_what_is_of_one_collection_are_found(ann: User) -> None:
    fast, slow = queued(1)[0], queued(1, collection=collection("other"))[0]
    judgments.record(fast, Author.of(ann), grade=1, shown="left_first", seconds=0.1)
    judgments.record(slow, Author.of(ann), grade=1, shown="left_first", seconds=900.0)
    assert narrowed(Author.of(ann), "fast=on") == [fast.pk]
    assert narrowed(Author.of(ann), "collection=other") == [slow.pk]


def test_taken_back_twice_it_is_said_and_the_pair_waits_once(signed_in: SignedIn, ann: User) -> None:
    (of,) = queued(1)
    queue.next_slots(ann)
    made = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    client, address = signed_in(ann), f"/review/my/judgments/{made.pk}/withdraw/"
    client.post(address)
    page = client.post(address, follow=True).content.decode()
    assert "superseded or withdrawn already" in page and Assignment.objects.count() == 1


def test_after_taking_one_back_the_list_is_as_it_was_narrowed(signed_in: SignedIn, ann: User) -> None:
    (of,) = queued(1)
    made = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    answer = signed_in(ann).post(f"/review/my/judgments/{made.pk}/withdraw/", {"list": "?verdict=b"})
    assert answer["Location"] == f"{HERE}/review/my/judgments/?verdict=b"
    outside = signed_in(ann).post(f"/review/my/judgments/{made.pk}/withdraw/", {"list": "//evil.example"})
    assert outside["Location"].startswith(f"{HERE}/review/my/judgments/")


def test_a_judgment_that_there_is_not_is_not_found(signed_in: SignedIn, ann: User, outsider: Client) -> None:
    assert signed_in(ann).post("/review/my/judgments/999/withdraw/").status_code == 404
    assert outsider.post("/review/my/judgments/999/withdraw/").status_code == 302


@pytest.mark.parametrize("part", ["count", "filters"])
def test_a_part_of_the_page_counts_no_figures(
    signed_in: SignedIn, ann: User, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    client = signed_in(ann)
    monkeypatch.setattr(pages, "around", None)
    assert client.get(f"/review/my/judgments/?{part}=1").status_code == 200
