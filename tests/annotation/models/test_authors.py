"""Authors: one row for each of a kind and a name, and one for each account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Author
from studio.accounts.models import User
from tests.annotation.making import author

pytestmark = pytest.mark.django_db


def test_an_account_has_one_author_however_often_it_is_asked_for(ann: User) -> None:
    made = Author.of(ann)
    assert (made.kind, made.name, made.user) == ("person", "ann", ann)
    assert Author.of(ann) == made and Author.objects.count() == 1


def test_a_person_whom_a_file_named_before_is_the_same_person(ann: User) -> None:
    imported = author("ann", "person")
    assert Author.of(ann) == imported and Author.of(ann).user == ann


def test_a_model_or_judge_of_the_same_name_is_somebody_else(ann: User) -> None:
    author("ann", "model"), author("ann", "judge")
    assert Author.of(ann).kind == "person" and Author.objects.count() == 3


def test_whoever_takes_a_name_that_another_account_had_does_not_take_what_it_wrote(ann: User) -> None:
    first = Author.of(ann)
    User.objects.filter(pk=ann.pk).update(username="anna")
    second = User.objects.create_user("ann")
    made = Author.of(second)
    assert made != first and made.name == f"ann ({second.pk})" and Author.of(second) == made
    assert Author.of(User.objects.get(pk=ann.pk)) == first


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("imported", [False, True])
def test_many_requests_of_a_newcomer_at_once_make_one_author(
    ann: User, at_once: Callable[..., None], imported: bool
) -> None:
    if imported:
        author("ann", "person")
    at_once(6, lambda number: Author.of(User.objects.get(pk=ann.pk)))
    assert Author.objects.get().user == ann


def test_a_name_stands_once_in_each_kind() -> None:
    author("m", "model"), author("m", "judge")
    with pytest.raises(IntegrityError), transaction.atomic():
        Author.objects.create(kind="model", name="m")


def test_only_a_person_has_an_account(ann: User) -> None:
    kinds: list[Any] = ["model", "reward_model", "judge", "gold"]
    for kind in kinds:
        with pytest.raises(IntegrityError), transaction.atomic():
            Author.objects.create(kind=kind, name="m", user=ann)
