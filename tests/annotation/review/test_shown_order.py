from collections import Counter

import pytest
from django.test import override_settings

from annotation.models import Pair, Shown
from annotation.review import shown_order
from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs() -> list[Pair]:
    return [pair(f"Name {n} primes.") for n in range(64)]


def orders(pairs: list[Pair], user: User) -> list[Shown]:
    return [shown_order.order_for(of, user) for of in pairs]


def test_the_order_is_random_between_annotators_and_the_same_for_one(pairs: list[Pair], ann: User, bob: User) -> None:
    by_ann = orders(pairs, ann)
    assert by_ann == orders(pairs, ann)
    assert by_ann != orders(pairs, bob)
    assert 16 < Counter(by_ann)[Shown.LEFT_FIRST] < 48


def test_whoever_does_not_know_the_secret_cannot_compute_the_order(pairs: list[Pair], ann: User) -> None:
    ours = orders(pairs, ann)
    with override_settings(SECRET_KEY="another"):
        assert orders(pairs, ann) != ours


def test_a_token_gives_back_its_order(pairs: list[Pair], ann: User) -> None:
    for order in shown_order.LETTERS:
        assert shown_order.order_in(shown_order.token(pairs[0], ann, order), pairs[0], ann) == order


def test_tokens_of_both_orders_look_alike_and_are_never_the_same(pairs: list[Pair], ann: User) -> None:
    made = [shown_order.token(pairs[0], ann, order) for order in shown_order.LETTERS for _ in range(8)]
    assert len({len(token) for token in made}) == 1
    assert len(set(made)) == 16


def test_a_token_of_another_studio_is_refused(pairs: list[Pair], ann: User) -> None:
    with override_settings(SECRET_KEY="another"):
        theirs = shown_order.token(pairs[0], ann, Shown.LEFT_FIRST)
    with pytest.raises(shown_order.TokenInvalid, match="no token of this studio"):
        shown_order.order_in(theirs, pairs[0], ann)


@pytest.mark.parametrize(("grade", "seen"), [(2, -2), (-3, 3), (0, 0), (None, None)])
def test_a_grade_turns_with_the_order(grade: int | None, seen: int | None) -> None:
    assert shown_order.as_seen(grade, Shown.RIGHT_FIRST) == seen
    assert shown_order.as_seen(grade, Shown.LEFT_FIRST) == grade
