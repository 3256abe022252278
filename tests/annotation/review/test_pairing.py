"""The one maker of pairs, and taking back what it made."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.datasets.versions import freeze
from annotation.interchange import exports, imports
from annotation.interchange.imports import import_file
from annotation.models import Pair, Prompt, Response
from annotation.review import pairing, queue
from annotation.review.collection_pairing import Pairing, pair_collection
from annotation.review.flagging import flag
from annotation.review.pairing import Unmade
from studio.accounts.models import User
from tests.annotation.making import collection, judge, paired, prompt, response

pytestmark = pytest.mark.django_db

Overlapping = Callable[..., bool]


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


def of_scores(*texts: str) -> Pair:
    """One that a run made of scores, to train on."""
    one, other = written(prompt(), *texts)
    (made,) = pairing.pair_chosen([(one.pk, other.pk)], "run 1", to_compare=False).values()
    return made


def asked_by_name(made: Pair) -> None:
    pairing.pair_chosen([(made.left_id, made.right_id)])


def asked_of_its_collection(made: Pair) -> None:
    assert pair_collection(made.collection, Pairing()) == 1


def asked_by_a_file(made: Pair) -> None:
    written = b"".join(exports.export_pairs(Pair.every.filter(pk=made.pk)))
    import_file(io.BytesIO(written), "pairs", made.collection)


def asked_by_a_judgment(made: Pair) -> None:
    judge(made, 2)


def asked_in_review(made: Pair) -> None:
    assert queue.open_slots(Pair.every.filter(pk=made.pk), 3) == 3


@pytest.mark.parametrize(
    "asked", [asked_by_name, asked_of_its_collection, asked_by_a_file, asked_by_a_judgment, asked_in_review]
)
def test_a_pair_to_train_on_is_to_be_compared_as_soon_as_somebody_asks(asked: Callable[[Pair], None]) -> None:
    made = of_scores("One.", "Two.")
    assert not Pair.objects.exists()
    asked(made)
    assert Pair.objects.get() == made and Pair.objects.get().source == "run 1"


def test_any_number_of_pairs_takes_few_statements(django_assert_num_queries: Callable[[int], Any]) -> None:
    chosen = [tuple(r.pk for r in written(prompt(f"{n}?"), "One.", "Two.")) for n in range(30)]
    # Its collection, the turn between two savepoints, the pairs, and what they are.
    with django_assert_num_queries(6):
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
    assert pairing.unmake(here, at) == Unmade(deleted=2, kept=5)
    assert set(Pair.objects.all()) == {judged, sent, flagged, failed, skipped, earlier}
    assert pairing.unmake(here, at + timedelta(seconds=1)) == Unmade(0, 0)
    assert len(unused) == 2


def test_pairs_of_another_collection_are_not_taken_back() -> None:
    at = timezone.now()
    written(prompt("One?"), "One.", "Two.")
    assert pair_collection(collection(), Pairing(), at) == 1
    assert pairing.unmake(collection("another"), at) == Unmade(0, 0)


def test_many_are_taken_back_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "DELETED_AT_ONCE", 2)
    here, at = collection(), timezone.now()
    for number in range(5):
        written(prompt(f"{number}?"), "One.", "Two.")
    pair_collection(here, Pairing(), at)
    judge(Pair.objects.earliest("pk"), 1)
    with CaptureQueriesContext(connection) as asked:
        assert pairing.unmake(here, at) == Unmade(4, 1)
    assert sum("FOR UPDATE" in query["sql"] for query in asked) == 3


@pytest.mark.django_db(transaction=True)
def test_a_pair_that_is_judged_at_that_very_moment_stays(overlapping: Overlapping) -> None:
    here, at = collection(), timezone.now()
    written(prompt("One?"), "One.", "Two.")
    pair_collection(here, Pairing(), at)
    unmade: list[Unmade] = []
    assert overlapping(lambda: judge(Pair.objects.get(), 1), lambda: unmade.append(pairing.unmake(here, at)))
    assert unmade == [Unmade(0, 1)] and Pair.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_judges_waits_for_the_few_that_are_deleted_at_once(
    overlapping: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "DELETED_AT_ONCE", 1)
    here, at = collection(), timezone.now()
    for number in range(2):
        written(prompt(f"{number}?"), "One.", "Two.")
    pair_collection(here, Pairing(), at)
    last = Pair.objects.latest("pk")
    assert not overlapping(lambda: pairing.unmake(here, at), lambda: judge(last, 1), at="DELETE FROM annotation_pair")
    assert list(Pair.objects.all()) == [last]


def imported(*prompts: Prompt) -> None:
    """A file with a pair of each prompt, as `written` wrote them."""
    sides = [{"author": f"author {number}", "text": text} for number, text in enumerate(("One.", "Two."))]
    lines = [orjson.dumps({"prompt": of.text, "responses": sides}) for of in prompts]
    import_file(io.BytesIO(b"\n".join(lines)), "pairs", collection())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_import_first", [True, False])
def test_an_import_and_a_pairing_of_one_collection_take_turns(overlapping: Overlapping, is_import_first: bool) -> None:
    of = [prompt(f"{number}?") for number in range(2)]
    written(of[0], "One.", "Two.")
    acts = [lambda: imported(of[1]), lambda: pair_collection(collection(), Pairing())]
    order = acts if is_import_first else acts[::-1]
    assert overlapping(*order, at="WITH made" if is_import_first else "INSERT INTO annotation_pair")
    assert Pair.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_import_in_another_order_than_that_of_chosen_pairs_never_waits_in_a_circle(
    overlapping: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    of = [prompt(f"{number}?") for number in range(2)]
    chosen = [(one.pk, other.pk) for one, other in (written(each, "One.", "Two.") for each in of)]
    assert overlapping(lambda: imported(*of[::-1]), lambda: pairing.pair_chosen(chosen), at="WITH made")
    assert Pair.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_single_pair_waits_for_no_import(overlapping: Overlapping) -> None:
    of = [prompt(f"{number}?") for number in range(2)]
    (one, other), _ = (written(each, "One.", "Two.") for each in of)
    single = [(one.pk, other.pk)]
    assert not overlapping(lambda: imported(of[1]), lambda: pairing.pair_chosen(single), at="WITH made")
    assert Pair.objects.count() == 2
