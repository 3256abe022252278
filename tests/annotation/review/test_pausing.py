"""A paused person gets no new pairs; what they hold is taken back; nothing that they judged is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Assignment, Author, Judgment, Pair, Pause
from annotation.review import judgments, pausing, queue
from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

AtOnce = Callable[[int, Callable[[int], object]], None]


def queued(count: int, overlap: int = 1) -> list[Pair]:
    made = [pair(f"Name {n} primes.") for n in range(count)]
    queue.open_slots(Pair.objects.all(), overlap)
    return made


def states() -> Counter[str]:
    return Counter(Assignment.objects.values_list("state", flat=True))


def test_whoever_is_paused_keeps_what_they_hold_and_gets_nothing_new(ann: User, bob: User, lea: User) -> None:
    queued(3)
    held = queue.next_slots(ann)
    assert pausing.pause(ann, lea, "Read the guidelines.")
    assert queue.next_slots(ann, 3) == held and queue.remaining_for(ann) == 1
    assert len(queue.next_slots(bob, 3)) == 2
    assert pausing.resume(ann, lea) and not pausing.resume(ann, lea)
    queue.release(bob)
    assert len(queue.next_slots(ann, 3)) == 3


def test_a_pause_is_a_row_that_stays_and_there_is_one_at_a_time(ann: User, lea: User, eli: User) -> None:
    assert pausing.pause(ann, lea, "Too fast.") and not pausing.pause(ann, eli)
    pausing.resume(ann, eli)
    row = Pause.objects.get()
    assert (row.user, row.by, row.note, row.ended_by) == (ann, lea, "Too fast.", eli)
    assert row.ended_at and row.ended_at >= row.at
    assert pausing.pause(ann, eli) and Pause.objects.count() == 2


def test_what_is_taken_back_waits_for_others_at_once(ann: User, bob: User) -> None:
    of, *_ = queued(3)
    queue.next_slots(ann, 2)
    judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    assert queue.take_back_from(ann) == 1
    assert states() == {"waiting": 2, "done": 1}
    assert len(queue.next_slots(bob, 3)) == 2


def test_a_judgment_that_arrives_after_its_pair_was_taken_back_counts_and_nobody_judges_it_again(
    ann: User, bob: User, lea: User
) -> None:
    (of,) = queued(1)
    queue.next_slots(ann)
    pausing.pause(ann, lea), queue.take_back_from(ann)
    judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    assert states() == {"done": 1} and queue.next_slots(bob) == []


def test_what_ran_out_is_held_by_nobody(ann: User) -> None:
    queued(2), queue.next_slots(ann, 2)
    held = User.objects.annotate(held=queue.held_now())
    assert held.get(pk=ann.pk).held == 2
    Assignment.objects.update(leased_until=timezone.now() - timedelta(minutes=1))
    assert held.get(pk=ann.pk).held == 0


def test_a_skip_is_not_taken_back_into_a_pause(ann: User, lea: User) -> None:
    queued(1)
    (slot,) = queue.next_slots(ann)
    queue.skip(ann, slot.pair)
    pausing.pause(ann, lea)
    assert not queue.take(ann, slot) and states() == {"waiting": 1}


def test_what_a_paused_person_withdraws_waits_for_others(ann: User, bob: User, lea: User) -> None:
    (of,) = queued(1)
    queue.next_slots(ann)
    made = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    pausing.pause(ann, lea)
    judgments.withdraw(made)
    assert queue.next_slots(ann) == [] and len(queue.next_slots(bob)) == 1


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_judging_at_the_same_moment_lose_nothing(ann: User, lea: User, at_once: AtOnce) -> None:
    made = queued(8)
    queue.next_slots(ann, 8)
    author = Author.of(ann)

    def act(number: int) -> Any:
        if number < len(made):
            return judgments.record(made[number], author, grade=1, shown="left_first")
        return pausing.pause(ann, lea), queue.take_back_from(ann)

    at_once(len(made) + 1, act)
    assert Judgment.objects.filter(superseded_at=None).count() == 8
    assert states() == {"done": 8}
    assert set(Pair.objects.values_list("n_judgments", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_pair_that_is_leased_while_the_pause_begins_is_given_back(ann: User, lea: User, at_once: AtOnce) -> None:
    queued(6)

    def act(number: int) -> Any:
        if number:
            return queue.next_slots(ann, 6)
        return pausing.pause(ann, lea), queue.take_back_from(ann)

    at_once(3, act)
    assert states() == {"waiting": 6}


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_who_pause_at_once_one_does(ann: User, lea: User, eli: User, at_once: AtOnce) -> None:
    found: list[bool] = []
    at_once(2, lambda number: found.append(pausing.pause(ann, (lea, eli)[number])))
    assert sorted(found) == [False, True]
