"""The work of somebody who is deactivated."""

import pytest

from annotation.models import Assignment, Pair
from annotation.review import queue
from studio.accounts.acts import people
from studio.accounts.models import AuditEntry, User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


def test_open_assignments_of_who_leaves_wait_for_others(lea: User, ann: User, bob: User) -> None:
    made = pair()
    queue.open_slots(Pair.objects.filter(pk=made.pk), overlap=1)
    assert queue.next_slots(ann) and not queue.next_slots(bob)
    people.deactivate(lea, ann)
    assert Assignment.objects.get().state == "waiting"
    assert [slot.pair_id for slot in queue.next_slots(bob)] == [made.pk]
    assert AuditEntry.objects.latest("pk").words == "lea took back 1 open pair of ann"
