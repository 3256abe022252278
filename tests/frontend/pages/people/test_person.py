"""One person's page: figures that open their judgments, beside others; and only for leads."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from annotation.models import Author, Judgment, Pair, Remark
from annotation.review import judgments
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair
from tests.conftest import HERE

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


def said(user: User, of: Pair, grade: int, **fields: Any) -> Judgment:
    return judgments.record(of, Author.of(user), grade=grade, **({"shown": "left_first"} | fields))


def page_of(client: Client, user: User, **query: Any) -> str:
    cache.clear()
    answer = client.get(f"/people/{user.pk}/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(page: str) -> set[str]:
    """The prompts of the rows."""
    return set(re.findall(rf'dir="auto" href="{HERE}/pairs/\d+/">\s*([^<]*?)\s*</a>', page))


@pytest.fixture
def judged(ann: User, bob: User) -> dict[str, Pair]:
    """Ann and Bob agree on one pair, differ on one, and Ann alone judged the third, for the longer one."""
    made = {"agree": pair("agree"), "differ": pair("differ"), "alone": pair("alone", "short", "long " * 20)}
    said(ann, made["agree"], 2, seconds=9), said(bob, made["agree"], 1)
    said(ann, made["differ"], -1, shown="right_first", seconds=3), said(bob, made["differ"], 0)
    said(ann, made["alone"], 3, seconds=0.1)
    judge(made["agree"], -2, "gpt-4"), judge(made["alone"], 1, "claude")
    return made


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({}, {"agree", "differ", "alone"}),
        ({"people": "shared"}, {"agree", "differ"}),
        ({"people": "agree"}, {"agree"}),
        ({"people": "differ"}, {"differ"}),
        ({"judges": "shared"}, {"agree", "alone"}),
        ({"judges": "agree"}, {"alone"}),
        ({"judges": "differ"}, {"agree"}),
        ({"longer": "on"}, {"alone"}),
        ({"fast": "on"}, {"alone"}),
        ({"verdict": "a"}, set()),
        ({"verdict": "b"}, {"agree", "differ", "alone"}),
        ({"until": "2001-01-01"}, set()),
        ({"since": "2001-01-01", "until": "9999-12-31"}, {"agree", "differ", "alone"}),
        ({"sort": "-time", "collection": "other"}, set()),
    ],
)
@pytest.mark.usefixtures("judged")
def test_judgments_are_narrowed(
    signed_in: SignedIn, ann: User, lea: User, query: dict[str, str], left: set[str]
) -> None:
    collection("other")
    assert listed(page_of(signed_in(lea), ann, **query)) == left


@pytest.mark.usefixtures("judged")
def test_beside_one_judge_stands_its_verdict_and_where_it_differs(signed_in: SignedIn, ann: User, lea: User) -> None:
    gpt = author("gpt-4", "judge").pk
    page = page_of(signed_in(lea), ann, beside=gpt, differs="on", columns="pair,verdict,theirs")
    assert listed(page) == {"agree"} and "A better" in page
    assert listed(page_of(signed_in(lea), ann, beside=author("claude", "judge").pk, differs="on")) == set()


@pytest.mark.usefixtures("judged")
def test_each_row_says_whether_others_agree(signed_in: SignedIn, ann: User, lea: User) -> None:
    page = page_of(signed_in(lea), ann, people="shared")
    assert page.count('warn">differs') == 2 and ">agrees" in page.replace("\n", "").replace(" ", "")


def test_weeks_are_bars_that_open_their_judgments(signed_in: SignedIn, ann: User, lea: User) -> None:
    now, before = pair("now"), pair("before")
    said(ann, now, 1)
    old = said(ann, before, 1)
    Judgment.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=14))
    page = page_of(signed_in(lea), ann)
    weeks = re.findall(rf'href="{HERE}/people/\d+/\?(since=[\d-]+&amp;until=[\d-]+)"', page)
    assert len(weeks) == 2
    query = dict(part.split("=") for part in weeks[0].split("&amp;"))
    assert listed(page_of(signed_in(lea), ann, **query)) == {"before"}


def test_collections_stand_apart(signed_in: SignedIn, ann: User, lea: User) -> None:
    said(ann, pair("1"), 1), said(ann, pair("2", collection=collection("other", name="Other things")), 1)
    page = page_of(signed_in(lea), ann)
    assert "Other things" in page and "?collection=other" in page


def test_skips_are_a_list_of_their_own(signed_in: SignedIn, ann: User, lea: User) -> None:
    Remark.objects.create(pair=pair(), author=Author.of(ann), reason="Too hard")
    page = signed_in(lea).get(f"/people/{ann.pk}/skips/").content.decode()
    assert "Too hard" in page and listed(page) == {"Name a prime."}


def test_somebody_without_judgments_and_nobody(signed_in: SignedIn, bob: User, lea: User) -> None:
    assert "No judgments yet" in page_of(signed_in(lea), bob)
    assert signed_in(lea).get("/people/999999/").status_code == 404


def test_of_who_never_was_a_member_neither_mail_nor_sign_in_is_told(signed_in: SignedIn, lea: User) -> None:
    guest = User.objects.create_user("guest", "guest@example.org", last_login=timezone.now() - timedelta(days=400))
    said(guest, pair(), 1)
    page = page_of(signed_in(lea), guest)
    assert "Not a member of this project." in page and "any more" not in page
    assert "guest@example.org" not in page and "Last sign-in" not in page


def test_a_person_takes_as_many_queries_with_ten_judgments_as_with_one(
    signed_in: SignedIn, ann: User, lea: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    said(ann, pair("first"), 1), judge(pair("first of all"), 1)
    client = signed_in(lea)
    with django_assert_num_queries(22):
        page_of(client, ann)
    for number in range(9):
        said(ann, pair(str(number)), 1)
    with django_assert_num_queries(22):
        page_of(client, ann)
