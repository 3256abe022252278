from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Assignment, Author, Collection, Judgment, Pair, Remark
from annotation.review import judgments, queue
from studio.accounts.models import User
from tests.annotation.making import collection, pair

pytestmark = pytest.mark.django_db


def queued(count: int, overlap: int | None = None, **fields: Any) -> list[Pair]:
    made = [pair(f"Name {n} primes.", **fields) for n in range(count)]
    queue.open_slots(Pair.objects.filter(pk__in=[p.pk for p in made]), overlap)
    return made


def run_out(slots: list[Assignment]) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk__in=[slot.pk for slot in slots]).update(leased_until=past)


def taken(slots: list[Assignment]) -> list[int]:
    return [slot.pair_id for slot in slots]


def test_a_pair_gets_as_many_slots_as_its_collection_wants() -> None:
    one, three = pair("1"), pair("2", collection=collection("three", overlap=3))
    assert queue.open_slots(Pair.objects.all()) == 4
    assert one.assignments.count() == 1
    assert list(three.assignments.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_opening_again_adds_what_is_missing_only() -> None:
    queued(2)
    assert queue.open_slots(Pair.objects.all()) == 0
    assert queue.open_slots(Pair.objects.all(), overlap=3) == 4


def test_slots_are_opened_in_as_many_statements_for_ten_pairs_as_for_one() -> None:
    one, *others = [pair(f"Name {n} primes.") for n in range(10)]

    def statements(pks: list[int]) -> int:
        with CaptureQueriesContext(connection) as asked:
            queue.open_slots(Pair.objects.filter(pk__in=pks), overlap=2)
        return len(asked)

    assert statements([one.pk]) == statements([p.pk for p in others]) == 1


def test_a_limit_chooses_pairs_that_were_never_sent_to_review() -> None:
    queued(2)
    fresh = [pair(f"Say {n}.") for n in range(3)]
    chosen = queue.unassigned(Pair.objects.all(), 2)
    assert set(chosen) == set(fresh[:2])
    assert queue.open_slots(chosen) == 2


def test_pairs_come_by_priority_and_then_in_order(ann: User) -> None:
    first, second = queued(2)
    urgent = pair("Urgent.")
    queue.open_slots(Pair.objects.filter(pk=urgent.pk), priority=1)
    assert taken(queue.next_slots(ann, 3)) == [urgent.pk, first.pk, second.pk]


def test_asking_again_gives_what_is_held_and_tops_up(ann: User) -> None:
    queued(4)
    held = queue.next_slots(ann, 2)
    assert queue.next_slots(ann, 2) == held
    assert queue.next_slots(ann, 3)[:2] == held
    assert len(queue.next_slots(ann, 9)) == 4


def test_two_annotators_hold_different_slots(ann: User, bob: User) -> None:
    queued(4)
    assert not set(queue.next_slots(ann, 2)) & set(queue.next_slots(bob, 2))
    assert queue.next_slots(bob, 9)[2:] == []


def test_no_annotator_holds_two_slots_of_a_pair(ann: User, bob: User) -> None:
    (of,) = queued(1, overlap=3)
    assert taken(queue.next_slots(ann, 5)) == [of.pk]
    assert taken(queue.next_slots(bob, 5)) == [of.pk]


def test_a_collection_gives_its_own_pairs_only(ann: User) -> None:
    queued(2)
    ours = collection("ours")
    mine = queued(1, collection=ours)
    assert taken(queue.next_slots(ann, 5, ours)) == [mine[0].pk]


def test_a_lease_that_ran_out_is_taken_over(ann: User, bob: User) -> None:
    queued(1)
    held = queue.next_slots(ann)
    assert queue.next_slots(bob) == []
    run_out(held)
    assert queue.next_slots(bob) == held
    assert queue.next_slots(ann) == []


def test_a_renewed_lease_is_not_taken_over_and_one_that_was_lost_is_not_renewed(ann: User, bob: User) -> None:
    queued(1)
    held = queue.next_slots(ann)
    assert queue.renew(ann, [held[0].pk]) == 1
    assert queue.renew(bob, [held[0].pk]) == 0
    run_out(held)
    assert queue.renew(ann, [held[0].pk]) == 0


def test_a_late_judgment_is_kept_though_somebody_else_has_the_slot(ann: User, bob: User) -> None:
    (of,) = queued(1)
    run_out(queue.next_slots(ann))
    queue.next_slots(bob)
    judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    assert Judgment.objects.filter(author__user=ann).exists()
    assert Assignment.objects.get().annotator == bob


def test_what_was_skipped_goes_to_others_and_never_comes_back(ann: User, bob: User) -> None:
    (of,) = queued(1)
    queue.next_slots(ann)
    queue.skip(ann, of, "Not my field.")
    assert queue.next_slots(ann) == []
    assert taken(queue.next_slots(bob)) == [of.pk]
    assert Remark.objects.get().reason == "Not my field."


def test_a_skip_that_is_taken_back_gives_the_slot_again_unless_it_is_gone(ann: User, bob: User) -> None:
    (of,) = queued(1)
    (slot,) = queue.next_slots(ann)
    queue.skip(ann, of)
    queue.unskip(ann, of)
    assert queue.take(ann, slot)
    queue.skip(ann, of)
    queue.next_slots(bob)
    queue.unskip(ann, of)
    assert not queue.take(ann, slot)


def test_what_was_judged_outside_the_queue_is_not_offered(ann: User, bob: User) -> None:
    (of,) = queued(1)
    judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    assert queue.next_slots(ann) == []
    assert taken(queue.next_slots(bob)) == [of.pk]


def test_what_is_given_back_goes_to_others(ann: User, bob: User) -> None:
    queued(2)
    held = queue.next_slots(ann, 2)
    assert queue.release(ann, [held[0].pk]) == 1
    assert queue.next_slots(bob, 2) == [held[0]]
    assert queue.release(ann) == 1


def test_progress_counts_the_queue_and_my_own(ann: User, bob: User) -> None:
    made = queued(4)
    for user, of in ((ann, made[0]), (ann, made[1]), (bob, made[2])):
        queue.next_slots(user)
        judgments.record(of, Author.of(user), grade=1, shown="left_first")
    Assignment.objects.filter(pair=made[0]).update(done_at=timezone.now() - timedelta(days=2))
    progress = queue.progress(ann)
    assert (progress.total, progress.done, progress.mine, progress.today) == (4, 3, 2, 1)
    wanted = Collection.objects.get()
    with CaptureQueriesContext(connection) as asked:
        queue.progress(ann, wanted)
    # The counts, what is left out of them, who asks as an author, and what remains.
    assert len(asked) == 4


def test_what_remains_for_me_is_what_i_can_still_judge(ann: User, bob: User) -> None:
    judged, skipped, *_ = queued(6)
    queue.open_slots(Pair.objects.filter(pk=judged.pk), overlap=3)
    judgments.record(judged, Author.of(ann), grade=1, shown="left_first")
    queue.skip(ann, skipped)
    queue.next_slots(bob, 2)
    queue.next_slots(ann, 1)
    assert queue.remaining_for(ann) == 4
    assert queue.remaining_for(bob) == 5
    assert queue.remaining_for(ann, collection("empty")) == 0


def test_slots_come_with_all_that_is_shown_in_as_many_queries_for_ten_as_for_one(ann: User, bob: User) -> None:
    queued(11)
    queue.next_slots(ann, 1), queue.next_slots(bob, 10)
    Author.of(ann), Author.of(bob)

    def queries(user: User, count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            for slot in queue.next_slots(user, count):
                assert slot.pair.prompt.messages and slot.pair.left.text and slot.pair.collection.slug
        return len(asked)

    assert queries(ann, 1) == queries(bob, 10) <= 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("overlap", [1, 3])
def test_sixteen_annotators_at_once_fill_each_pair_exactly(overlap: int, at_once: Callable[..., None]) -> None:
    made = queued(40, overlap)
    users = [User.objects.create_user(f"annotator {n}") for n in range(16)]

    def work(number: int) -> None:
        user = users[number]
        author = Author.of(user)
        while slots := queue.next_slots(user, 3):
            judgments.record(slots[0].pair, author, grade=1, shown="left_first")

    at_once(16, work)
    passed = Judgment.objects.values_list("pair", "author")
    assert Counter(of for of, _ in passed) == {of.pk: overlap for of in made}
    assert len(set(passed)) == len(passed)
    assert set(Assignment.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_one_annotator_in_sixteen_tabs_holds_each_pair_once(ann: User, at_once: Callable[..., None]) -> None:
    queued(5, overlap=3)
    at_once(16, lambda n: queue.next_slots(ann, 5))
    assert Counter(Assignment.objects.filter(annotator=ann).values_list("pair", flat=True)).most_common(1)[0][1] == 1


@pytest.mark.django_db(transaction=True)
def test_pairs_that_are_sent_to_review_many_times_at_once_are_asked_for_once(at_once: Callable[..., None]) -> None:
    for n in range(5):
        pair(f"{n}?")
    opened: list[int] = []
    at_once(8, lambda n: opened.append(queue.open_slots(Pair.objects.all(), 2)))
    assert sum(opened) == Assignment.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_while_somebody_takes_it_is_gone_or_theirs(ann: User, at_once: Callable[..., None]) -> None:
    for n in range(20):
        pair(f"{n}?")
    at = timezone.now()
    queue.open_slots(Pair.objects.all(), 1, at=at)
    taken: list[int] = []
    at_once(2, lambda n: taken.append(queue.take_back(at)[0]) if n else queue.next_slots(ann, 20))
    assert Assignment.objects.count() == queue.mine(ann).count() == 20 - taken[0]
