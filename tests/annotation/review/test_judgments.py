import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Author, Judgment, Pair
from annotation.review import judgments, queue
from annotation.review.judgments import JudgmentInvalid, Verdict
from studio.accounts.models import User
from tests.annotation.making import author, pair

pytestmark = pytest.mark.django_db


def counts(of: Pair) -> tuple[int, float | None, bool]:
    of.refresh_from_db()
    return of.n_judgments, of.mean_grade, of.disputed


def test_a_judgment_is_kept_as_it_was_passed(ann: User) -> None:
    made = judgments.record(
        pair(),
        Author.of(ann),
        grade=2,
        shown="right_first",
        rationale="Four is even.",
        seconds=12.5,
        client_id=uuid4(),
    )
    made.refresh_from_db()
    assert (made.grade, made.shown, made.rationale, made.seconds, made.state) == (
        2,
        "right_first",
        "Four is even.",
        12.5,
        "valid",
    )


def test_judging_again_supersedes_and_the_old_judgment_stays(ann: User) -> None:
    of = pair()
    first = judgments.record(of, Author.of(ann), grade=-3, shown="left_first")
    second = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    first.refresh_from_db()
    assert first.superseded_at is not None
    assert list(Judgment.objects.filter(superseded_at=None)) == [second]
    assert counts(of) == (1, 1.0, False)


def test_a_second_delivery_adds_nothing(ann: User) -> None:
    of, client_id = pair(), uuid4()
    first = judgments.record(of, Author.of(ann), grade=1, shown="left_first", client_id=client_id)
    judgments.record(of, Author.of(ann), grade=-2, shown="left_first", client_id=uuid4())
    again = judgments.record(of, Author.of(ann), grade=1, shown="left_first", client_id=client_id)
    assert again == first
    assert (Judgment.objects.count(), counts(of)) == (2, (1, -2.0, False))


def test_the_id_of_another_judgment_is_refused(ann: User, bob: User) -> None:
    of, client_id = pair(), uuid4()
    judgments.record(of, Author.of(ann), grade=1, shown="left_first", client_id=client_id)
    with pytest.raises(JudgmentInvalid, match="client_id"):
        judgments.record(of, Author.of(bob), grade=1, shown="left_first", client_id=client_id)
    assert Judgment.objects.count() == 1


def test_the_pair_counts_valid_current_judgments_only() -> None:
    of = pair()
    judgments.record(of, author("one", "judge"), grade=3, shown="both")
    judgments.record(of, author("two", "judge"), grade=-1, shown="both")
    judgments.record(of, author("three", "judge"), error="No answer.", shown="both")
    assert counts(of) == (2, 1.0, True)
    judgments.record(of, author("two", "judge"), error="No answer.", shown="both")
    assert counts(of) == (1, 3.0, False)


def test_both_bad_is_a_tie(ann: User) -> None:
    made = judgments.record(pair(), Author.of(ann), both_bad=True, shown="left_first")
    assert (made.grade, made.both_bad) == (0, True)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, "grade"),
        ({"grade": 4}, "grade"),
        ({"grade": 1, "both_bad": True}, "grade"),
        ({"grade": 1, "error": "No answer."}, "grade"),
        ({"grade": 1, "shown": "sideways"}, "shown"),
    ],
)
def test_what_is_no_judgment_is_refused_by_field(given: dict[str, object], names: str) -> None:
    of, by = pair(), author("one", "judge")
    with pytest.raises(JudgmentInvalid, match=f"^{names}: "):
        judgments.record(of, by, **({"shown": "both"} | given))  # type: ignore[arg-type]
    assert not Judgment.objects.exists()


def test_a_judgment_fills_the_slot_and_its_withdrawal_opens_it_for_the_same_annotator(ann: User) -> None:
    of = pair()
    queue.open_slots(Pair.objects.all())
    (slot,) = queue.next_slots(ann)
    made = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    slot.refresh_from_db()
    assert (slot.state, slot.annotator) == ("done", ann)
    assert judgments.withdraw(made) is None
    slot.refresh_from_db()
    assert (slot.state, slot.annotator) == ("leased", ann)
    assert counts(of) == (0, None, False)
    assert queue.next_slots(ann) == [slot]


def test_what_a_withdrawn_judgment_had_superseded_is_current_again(ann: User) -> None:
    of = pair()
    first = judgments.record(of, Author.of(ann), grade=-3, shown="left_first")
    second = judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    assert judgments.withdraw(second) == first
    assert counts(of) == (1, -3.0, False)
    assert judgments.withdraw(first) is None
    assert counts(of) == (0, None, False)


def test_withdrawing_goes_back_step_by_step_and_never_to_what_was_withdrawn(ann: User) -> None:
    of = pair()
    one, two, three = (judgments.record(of, Author.of(ann), grade=n, shown="left_first") for n in (1, 2, 3))
    assert judgments.withdraw(three) == two
    four = judgments.record(of, Author.of(ann), grade=-1, shown="left_first")
    assert judgments.withdraw(four) == two
    assert judgments.withdraw(two) == one


def test_only_a_current_judgment_is_withdrawn(ann: User) -> None:
    of = pair()
    first = judgments.record(of, Author.of(ann), grade=-3, shown="left_first")
    judgments.record(of, Author.of(ann), grade=1, shown="left_first")
    with pytest.raises(JudgmentInvalid):
        judgments.withdraw(first)
    assert counts(of) == (1, 1.0, False)


def test_many_verdicts_take_as_many_statements_as_one() -> None:
    by, pairs = author("one", "judge"), [pair(f"Name {n} primes.") for n in range(10)]

    def statements(of: list[Pair]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            judgments.record_many(by, [Verdict(p.pk, 1) for p in of])
        return len(asked)

    assert statements(pairs[:1]) == statements(pairs)
    assert Judgment.objects.filter(superseded_at=None).count() == 10
    assert counts(pairs[3]) == (1, 1.0, False)


@pytest.mark.django_db(transaction=True)
def test_two_judgments_of_one_author_at_once_leave_one_current(ann: User, at_once: Callable[..., None]) -> None:
    of, by = pair(), Author.of(ann)
    at_once(16, lambda n: judgments.record(of, by, grade=n % 7 - 3, shown="left_first", client_id=uuid4()))
    current = Judgment.objects.get(superseded_at=None)
    assert Judgment.objects.count() == 16
    assert counts(of) == (1, float(current.grade or 0), False)


@pytest.mark.django_db(transaction=True)
def test_sixteen_deliveries_of_one_judgment_make_one(ann: User, at_once: Callable[..., None]) -> None:
    of, by, client_id = pair(), Author.of(ann), uuid4()
    at_once(16, lambda n: judgments.record(of, by, grade=1, shown="left_first", client_id=client_id))
    assert Judgment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_authors_at_once_are_all_counted(at_once: Callable[..., None]) -> None:
    of = pair()
    judges = [author(f"judge {n}", "judge") for n in range(16)]
    at_once(16, lambda n: judgments.record(of, judges[n], grade=1 if n % 2 else -1, shown="both"))
    assert counts(of) == (16, 0.0, True)
    assert threading.active_count() < 16
