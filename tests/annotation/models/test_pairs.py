"""What the database refuses of pairs, and the words in which pairs are asked for."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotation.models import Judgment, Pair, Response
from tests.annotation.making import author, judge, pair, prompt

pytestmark = pytest.mark.django_db


def test_a_pair_that_is_turned_round_or_of_one_response_is_refused() -> None:
    of = pair()
    fields = {"prompt": of.prompt, "collection": of.collection}
    for left, right in ((of.right, of.left), (of.left, of.left)):
        with pytest.raises(IntegrityError, match="pair_left_before_right"), transaction.atomic():
            Pair.objects.create(left=left, right=right, **fields)
    with pytest.raises(IntegrityError, match="pair_once"), transaction.atomic():
        Pair.objects.create(left=of.left, right=of.right, **fields)


def test_pairs_are_found_by_who_wrote_and_by_who_judged() -> None:
    one, other = pair("1"), pair("2")
    judge(one, 1, "ann")
    Judgment.objects.filter(pk=judge(other, 1, "ann").pk).update(superseded_at=timezone.now())
    judge(other, None, "gpt-4")
    assert set(Pair.objects.by_author(author("one-model"))) == {one, other}
    assert not Pair.objects.by_author(author("nobody"))
    assert list(Pair.objects.judged_by(author("ann", "judge"))) == [one]
    assert list(Pair.objects.judged_by(author("gpt-4", "judge"))) == [other]


def test_responses_are_gathered_only_where_they_are_a_small_part_of_the_projects() -> None:
    """Else the pairs are walked in their order: the indexes of words hold the texts of all projects."""
    of = prompt()
    for by, word, n in (("many", "water", 100), ("few", "fire", 60), ("others", "stone", 700)):
        written = [{"text": f"{word} {number}", "digest": f"{word}{number}"} for number in range(n)]
        Response.objects.bulk_create(Response(prompt=of, author=author(by), length=9, **one) for one in written)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_response")
    assert "IN (SELECT" not in str(Pair.objects.by_author(author("many")).query)
    assert "IN (SELECT" in str(Pair.objects.by_author(author("few")).query)
    assert "ARRAY(" not in str(Pair.objects.matching("water").query)
    assert "ARRAY(" in str(Pair.objects.matching("fire").query)


@pytest.mark.parametrize(
    ("first", "second", "agree"), [(1, 3, True), (0, 0, True), (-1, 1, False), (0, 2, False), (-2, 0, False)]
)
def test_two_agree_where_they_prefer_the_same_side(first: int, second: int, agree: bool) -> None:
    of = pair()
    judge(of, first, "ann")
    judge(of, second, "bob")
    both = author("ann", "judge"), author("bob", "judge")
    assert list(Pair.objects.where_agree(*both)) == ([of] if agree else [])
    assert list(Pair.objects.between(*both)) == [of]


def test_a_failure_is_neither_agreement_nor_disagreement() -> None:
    of = pair()
    judge(of, 1, "ann")
    judge(of, None, "gpt-4")
    both = author("ann", "judge"), author("gpt-4", "judge")
    assert not Pair.objects.between(*both) and not Pair.objects.where_agree(*both)


@pytest.mark.parametrize(
    ("people", "agree"), [((1,), True), ((2, 3), True), ((1, -1), False), ((0,), False), ((), False)]
)
def test_people_agree_with_a_judge_where_no_person_sees_it_otherwise(people: tuple[int, ...], agree: bool) -> None:
    of = pair()
    judge(of, 2, "gpt-4")
    judge(of, -2, "another judge")
    for n, grade in enumerate(people):
        judge(of, grade, f"person {n}", "person")
    assert list(Pair.objects.where_people_agree(author("gpt-4", "judge"))) == ([of] if agree else [])


def test_a_judge_that_contradicts_itself_is_found_until_it_is_superseded() -> None:
    of = pair()
    made = judge(of, 0, "gpt-4", consistent=False)
    assert list(Pair.objects.inconsistent()) == [of]
    Judgment.objects.filter(pk=made.pk).update(superseded_at=timezone.now())
    assert not Pair.objects.inconsistent()
