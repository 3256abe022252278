"""What leads do to somebody's work stands in the audit: pausing, taking back and handing over."""

import pytest

from annotation.models import Assignment, Author, Pair
from annotation.review import annotators, judgments, pausing, queue
from annotation.review.annotators import HandOverRefused
from studio.accounts.models import AuditEntry, User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


def hold(person: User, *texts: str) -> list[Pair]:
    made = [pair(text) for text in texts]
    queue.open_slots(Pair.objects.all(), overlap=1)
    assert len(queue.next_slots(person, len(made))) == len(made)
    return made


def told() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))


def test_a_pause_its_end_and_what_was_taken_back_are_on_record_once(lea: User, ann: User) -> None:
    hold(ann, "1", "2")
    for _ in range(2):
        annotators.stop(ann, lea, "Rest.", take_back=True)
    for _ in range(2):
        annotators.go_on(ann, lea)
    assert told() == ["lea paused ann", "lea took back 2 open pairs of ann", "lea ended the pause of ann"]


def test_another_holds_what_was_handed_over(lea: User, ann: User, bob: User) -> None:
    held = hold(ann, "1", "2")
    assert annotators.hand_over(ann, bob, lea) == (2, 0)
    assert {slot.pair for slot in queue.mine(bob)} == set(held) and not queue.mine(ann)
    assert told() == ["lea handed 2 open pairs of ann over to bob"]


def test_what_the_other_one_knows_already_waits_for_others(lea: User, ann: User, bob: User) -> None:
    judged, skipped, fresh = hold(ann, "1", "2", "3")
    judgments.record(judged, Author.of(bob), grade=1, shown="left_first")
    queue.skip(bob, skipped)
    assert annotators.hand_over(ann, bob, lea) == (1, 2)
    assert [slot.pair for slot in queue.mine(bob)] == [fresh]
    assert Assignment.objects.filter(state="waiting").count() == 2
    assert told()[-1] == "lea took back 2 open pairs of ann"


def test_who_is_paused_deactivated_or_the_same_is_given_nothing(lea: User, ann: User, bob: User, eli: User) -> None:
    hold(ann, "1")
    pausing.pause(bob, lea)
    User.objects.filter(pk=eli.pk).update(is_active=False)
    for to in (bob, eli, ann, User.objects.create_user("guest")):
        with pytest.raises(HandOverRefused, match="not paused"):
            annotators.hand_over(ann, to, lea)
    assert len(queue.mine(ann)) == 1 and not told()
