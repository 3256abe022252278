"""What the database refuses of slots: a state that is not whole, a slot twice, an annotator twice."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Assignment, Remark
from studio.accounts.models import User
from tests.annotation.making import author, pair

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "has_annotator", "has_lease"),
    [
        ("waiting", True, False),
        ("waiting", False, True),
        ("leased", False, True),
        ("leased", True, False),
        ("done", False, False),
        ("lost", False, False),
    ],
)
def test_a_state_has_all_that_belongs_to_it(ann: User, state: str, has_annotator: bool, has_lease: bool) -> None:
    fields: dict[str, Any] = {"state": state, "annotator": ann if has_annotator else None}
    fields["leased_until"] = timezone.now() if has_lease else None
    with pytest.raises(IntegrityError, match="assignment_state_is_whole"), transaction.atomic():
        Assignment.objects.create(pair=pair(), number=1, **fields)


def test_a_pair_has_each_slot_once_and_each_annotator_once(ann: User) -> None:
    of = pair()
    Assignment.objects.create(pair=of, number=1, state="done", annotator=ann)
    with pytest.raises(IntegrityError, match="assignment_slot_once"), transaction.atomic():
        Assignment.objects.create(pair=of, number=1)
    with pytest.raises(IntegrityError, match="assignment_once_per_annotator"), transaction.atomic():
        Assignment.objects.create(pair=of, number=2, state="done", annotator=ann)


def test_a_slot_is_of_the_collection_of_its_pair() -> None:
    of = pair()
    assert Assignment.objects.create(pair=of, number=1).collection == of.collection


def test_an_annotator_skips_a_pair_once() -> None:
    of, ann = pair(), author("ann", "person")
    Remark.objects.create(pair=of, author=ann, reason="Too long")
    with pytest.raises(IntegrityError, match="remark_once"), transaction.atomic():
        Remark.objects.create(pair=of, author=ann)
