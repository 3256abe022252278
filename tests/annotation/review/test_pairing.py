"""The one maker of pairs, and taking back what it made."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotation.datasets.versions import freeze
from annotation.models import Collection, Pair, Prompt, Response
from annotation.review import pairing, queue
from annotation.review.collection_pairing import Pairing, pair_collection
from annotation.review.flagging import flag
from studio.accounts.models import User
from tests.annotation.making import collection, judge, paired, prompt, response

pytestmark = pytest.mark.django_db


def written(of: Prompt, *texts: str) -> list[Response]:
    return [response(of, text, f"author {number}") for number, text in enumerate(texts)]


def test_two_responses_are_one_pair_whichever_is_named_first() -> None:
    one, other = written(prompt(), "One.", "Two.")
    found = [*pairing.pair_chosen([(other.pk, one.pk)], "first").items()]
    found += pairing.pair_chosen([(one.pk, other.pk)], "second").items()
    pair = Pair.objects.get()
    assert found == [((other.pk, one.pk), pair), ((one.pk, other.pk), pair)]
    assert (pair.left, pair.right, pair.source, pair.collection) == (one, other, "first", one.prompt.collection)


def test_pairs_come_in_the_order_in_which_they_are_named() -> None:
    chosen = [tuple(r.pk for r in written(prompt(f"{n}?"), "One.", "Two.")) for n in range(3)]
    named = [(two[0], two[1]) for two in chosen[::-1]]
    assert list(pairing.pair_chosen(named)) == named


def test_equal_texts_and_different_prompts_make_no_pair() -> None:
    (one, same), (elsewhere,) = written(prompt("One?"), "Same.", "Same."), written(prompt("Two?"), "Other.")
    assert pairing.pair_chosen([(one.pk, same.pk), (one.pk, elsewhere.pk), (one.pk, one.pk), (one.pk, 0)]) == {}
    assert pairing.pair_chosen([]) == {} and not Pair.objects.exists()


def test_a_pair_that_is_there_is_found_though_its_texts_are_equal_and_keeps_what_it_says() -> None:
    one, same = written(prompt(), "Same.", "Same.")
    known = Pair.objects.create(
        collection=one.prompt.collection, prompt=one.prompt, left=one, right=same, source="imported"
    )
    assert pairing.pair_chosen([(same.pk, one.pk)], "new", {"new": True}) == {(same.pk, one.pk): known}
    known.refresh_from_db()
    assert (known.source, known.metadata) == ("imported", {})


def test_any_number_of_pairs_takes_two_statements(django_assert_num_queries: Callable[[int], Any]) -> None:
    chosen = [tuple(r.pk for r in written(prompt(f"{n}?"), "One.", "Two.")) for n in range(30)]
    with django_assert_num_queries(2):
        assert len(pairing.pair_chosen([(one, other) for one, other in chosen], "many", {"by": "name"})) == 30
    assert set(Pair.objects.values_list("source", "metadata__by")) == {("many", "name")}


def test_more_than_one_statement_takes_gives_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "AT_ONCE", 4)
    chosen = [tuple(r.pk for r in written(prompt(f"{n}?"), "One.", "Two.")) for n in range(10)]
    assert len(pairing.pair_chosen([(one, other) for one, other in chosen])) == Pair.objects.count() == 10


def test_what_is_taken_back_are_the_pairs_of_that_moment_that_nobody_has_used(ann: User) -> None:
    here, at = collection(), timezone.now()
    for number in range(7):
        written(prompt(f"{number}?"), "One.", "Two.")
    assert pair_collection(here, Pairing(), at) == 7
    judged, sent, flagged, failed, skipped, *unused = Pair.objects.order_by("pk")
    judge(judged, 1)
    judge(failed, None)
    queue.open_slots(Pair.objects.filter(pk=sent.pk))
    queue.skip(ann, skipped)
    flag(ann, flagged, "It is odd.")
    freeze("mine", "preferences", {})
    earlier = paired(*written(prompt("Earlier?"), "One.", "Two."))
    assert pairing.unmake(here, at) == (2, 5)
    assert set(Pair.objects.all()) == {judged, sent, flagged, failed, skipped, earlier}
    assert pairing.unmake(here, at + timedelta(seconds=1)) == (0, 0)
    assert len(unused) == 2


def test_pairs_of_another_collection_are_not_taken_back() -> None:
    at = timezone.now()
    written(prompt("One?"), "One.", "Two.")
    assert pair_collection(collection(), Pairing(), at) == 1
    assert pairing.unmake(collection("another"), at) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_pair_that_is_judged_at_that_very_moment_stays() -> None:
    here, at = collection(), timezone.now()
    written(prompt("One?"), "One.", "Two.")
    pair_collection(here, Pairing(), at)
    unmade: list[pairing.Unmade] = []

    def undo() -> None:
        unmade.append(pairing.unmake(here, at))
        connection.close()

    worker = threading.Thread(target=undo)
    with transaction.atomic():
        judge(Pair.objects.get(), 1)
        worker.start()
        worker.join(timeout=0.5)
        assert worker.is_alive()
    worker.join(timeout=10)
    assert unmade == [(0, 1)] and Pair.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_and_a_pairing_of_one_collection_take_turns() -> None:
    here = collection()
    written(prompt("One?"), "One.", "Two.")
    worker = threading.Thread(target=in_a_thread, args=(here,))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(pairing.TAKE_TURNS, [here.pk])
        worker.start()
        worker.join(timeout=0.5)
        assert worker.is_alive() and not Pair.objects.exists()
    worker.join(timeout=10)
    assert Pair.objects.count() == 1


def in_a_thread(here: Collection) -> None:
    pair_collection(here, Pairing())
    connection.close()
