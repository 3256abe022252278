"""A card is counted when it is needed, kept until it is old, and sent by the API and the command alike."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.judges.cards import cache
from annotation.models import Author, JudgeCard
from studio.accounts.models import User
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def one() -> Author:
    world()
    return author("judge one", "judge")


def test_a_card_stays_until_its_judge_judges_again(one: Author) -> None:
    first = cache.kept(one)
    with CaptureQueriesContext(connection) as captured:
        assert cache.kept(one).made_at == first.made_at
    assert len(captured) == 3
    judge(pair("New?"), 1, "judge one")
    assert cache.kept(one).n_judged == first.n_judged + 1


def test_what_people_add_is_counted_in_after_a_while(one: Author) -> None:
    first = cache.kept(one)
    fresh = pair("New?")
    judge(fresh, 1, "ann", "person")
    assert cache.kept(one).made_at == first.made_at
    JudgeCard.objects.update(made_at=timezone.now() - cache.RESTS - timedelta(seconds=1))
    assert cache.kept(one).newest_of_people > first.newest_of_people


def test_the_kept_card_is_the_counted_one(one: Author) -> None:
    assert cache.card(cache.kept(one)) == cache.counted(one)


def test_the_api_sends_the_card_and_two_side_by_side(api: Callable[[User], APIClient], lea: User, one: Author) -> None:
    found = api(lea).get(f"/api/v1/judges/{one.pk}/").json()
    assert found["agreement"]["people"]["with_ties"]["n"] > 0 and found["bias"]["consistency"]["low"] > 0
    listed = api(lea).get("/api/v1/judges/").json()["results"]
    (row,) = [row for row in listed if row["id"] == one.pk]
    assert row["card"]["agreement"] == found["agreement"]["people"]["with_ties"]["estimate"]
    two = author("judge two", "judge")
    both = api(lea).get(f"/api/v1/judges/{one.pk}/beside/?other={two.pk}").json()
    assert both["same_verdict"]["n"] > 0 and len(both["differences"]) == 3
    assert api(lea).get(f"/api/v1/judges/{one.pk}/beside/").status_code == 400
    assert api(lea).get(f"/api/v1/judges/{author('ann', 'person').pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_keep_one_card(at_once: Callable[..., None]) -> None:
    judge(pair(), 2, "gpt-4")
    of = author("gpt-4", "judge")
    at_once(6, lambda n: cache.kept(of))
    assert JudgeCard.objects.get().n_judged == 1
