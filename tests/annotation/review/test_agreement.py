"""Agreement as the pages show it: people first, and judges on the pairs that people judged."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Author, Judgment, Pair
from annotation.review import agreement
from annotation.review.agreement import AMONG_PEOPLE, agreements, agreements_of, beyond_chance
from annotation.review.judgments import record, withdraw
from studio.accounts.models import User
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


def by_people(count: int, names: tuple[str, ...] = ("ann", "ben")) -> list[Pair]:
    """Pairs that people judged alike, left and right in turn."""
    made = [pair(f"{number}?") for number in range(count)]
    for number, one in enumerate(made):
        for name in names:
            judge(one, 1 if number % 2 else -2, name, "person")
    return made


def test_a_long_run_of_a_judge_pushes_no_person_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "COUNTED", 8)
    made = by_people(4)
    for number, one in enumerate([*made, *(pair(f"more {n}?") for n in range(10))]):
        judge(one, 1 if number % 2 else -1)
    found = {(row.of, row.called): row.found for row in beyond_chance(Pair.objects.all())}
    assert found[AMONG_PEOPLE, "Fleiss’ κ"].n == found[AMONG_PEOPLE, "Krippendorff’s α"].n == 4
    assert [found[two, "Cohen’s κ"].n for two in ("ann and ben", "ann and a-judge", "ben and a-judge")] == [4, 4, 4]


def test_two_people_stand_before_judges_who_judged_more() -> None:
    made, judges = by_people(4), [f"judge {letter}" for letter in "abcdefg"]
    for number, one in enumerate([*made, pair("More?")]):
        for name in judges:
            judge(one, 1 if number % 2 else -1, name)
    twos = [row.of for row in beyond_chance(Pair.objects.all()) if row.called == "Cohen’s κ"]
    assert twos[0] == "ann and ben" and len(twos) == agreement.TWOS
    assert all(two.startswith(("ann and judge", "ben and judge")) for two in twos[1:])


def test_judges_alone_are_compared_where_no_person_has_judged() -> None:
    for number in range(4):
        one = pair(f"{number}?")
        judge(one, 1 if number % 2 else -1, "judge a")
        judge(one, 2 if number % 2 else -3, "judge b")
    assert [(row.of, row.found.value, row.found.n) for row in beyond_chance(Pair.objects.all())] == [
        ("judge a and judge b", 1.0, 4)
    ]


def test_nobody_agrees_where_nobody_judged_and_failures_and_old_verdicts_do_not_count() -> None:
    one = pair()
    assert beyond_chance(Pair.objects.all()) == []
    judge(one, 1, "ann", "person")
    judge(one, None)
    assert beyond_chance(Pair.objects.all()) == []
    assert {agreement.tally.compared for agreement in agreements(Pair.objects.all())} == {0}


def test_judges_count_on_the_pairs_that_people_judged() -> None:
    made = by_people(3)
    judge(made[0], 3)
    judge(made[1], 3)
    judge(pair("Elsewhere?"), 3)
    found = {agreement.name: agreement.tally for agreement in agreements(Pair.objects.all())}
    assert found["People and judges"] == (2, 4)
    assert found[AMONG_PEOPLE] == (3, 3)


def test_to_an_annotator_the_other_people_are_one() -> None:
    by_people(3, ("ann", "ben", "eve"))
    judge(Pair.objects.earliest("pk"), -1)
    found = {(one.name, one.judge): one.with_ties.tally for one in agreements_of(author("ann", "person"))}
    by = Author.objects.get(name="a-judge").pk
    assert found == {("a-judge", by): (1, 1), ("Other people", None): (6, 6)}


def test_agreement_as_it_stood_at_a_moment_knows_nothing_of_what_came_later(ann: User) -> None:
    made, me = pair("1"), Author.of(ann)
    judge(made, 1, "gpt-4")
    record(made, me, grade=1, shown="left_first")
    Judgment.objects.update(created_at=timezone.now() - timedelta(days=2))
    last = record(made, me, grade=2, shown="left_first")
    at = timezone.now() - timedelta(days=1)
    Judgment.objects.filter(pk=last.pk).update(created_at=at - timedelta(hours=1))
    Judgment.objects.filter(superseded_at__isnull=False).update(superseded_at=at - timedelta(hours=1))
    withdraw(last)
    record(made, me, grade=-1, shown="left_first")
    (then,), (now,) = agreements_of(me, at), agreements_of(me)
    assert (then.with_ties.tally, now.with_ties.tally) == ((1, 1), (0, 1))
    assert agreements_of(me, at - timedelta(days=5)) == []
