"""Agreement by part, counted in SQL, against the pure functions over the same judgments."""

import pytest

from annotation.judges.cards.agreement import agreement
from annotation.judges.cards.figures import Rate
from annotation.models import Author, Judgment, Pair
from annotation.review.agreement import votes
from annotation.statistics import agreement as pure
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs() -> list[Pair]:
    return world()


def counted(found: Rate) -> tuple[float, int]:
    return found.top, found.n


def of_judge(pairs: list[Pair], name: str = "judge one") -> dict[int, list[float]]:
    given = Judgment.objects.filter(author__name=name, pair__in=pairs)
    return {row.pair_id: [float(row.grade or 0)] for row in given}


def test_the_database_counts_as_the_pure_functions_do(pairs: list[Pair]) -> None:
    whole, _ = agreement(author("judge one", "judge"))
    people = votes(Judgment.objects.all(), Author.Kind.PERSON)
    for ties, found, ceiling in (
        (True, whole.people.with_ties, whole.ceiling.with_ties),
        (False, whole.people.without_ties, whole.ceiling.without_ties),
    ):
        compared = pure.between(people, of_judge(pairs))
        assert counted(found) == pure.agreement((one for of_pair in compared for one in of_pair), ties=ties)
        among = pure.within(people)
        assert counted(ceiling) == pure.agreement((one for of_pair in among for one in of_pair), ties=ties)
    assert 0 < whole.people.with_ties.prompts < whole.people.with_ties.n


@pytest.mark.parametrize("by", ["collection", "language", "domain", "turns", "gap", "month"])
def test_the_parts_of_each_kind_add_up_to_the_whole(pairs: list[Pair], by: str) -> None:
    whole, parts = agreement(author("judge one", "judge"))
    of_kind = [part for part in parts if part.by == by]
    assert sum(part.pairs for part in of_kind) == whole.pairs
    assert sum(part.disagreed for part in of_kind) == whole.disagreed
    assert sum(part.people.with_ties.n for part in of_kind) == whole.people.with_ties.n
    assert sum(part.ceiling.without_ties.n for part in of_kind) == whole.ceiling.without_ties.n


def test_a_part_has_the_judgments_of_its_pairs_alone(pairs: list[Pair]) -> None:
    _, parts = agreement(author("judge one", "judge"))
    german = Pair.objects.filter(prompt__metadata__language="de")
    compared = pure.between(
        votes(Judgment.objects.filter(pair__in=german), Author.Kind.PERSON), of_judge(list(german))
    )
    (found,) = [part for part in parts if (part.by, part.value) == ("language", "de")]
    assert counted(found.people.with_ties) == pure.agreement(one for of_pair in compared for one in of_pair)
    assert {part.value for part in parts if part.by == "language"} == {"de", "en", "-"}


def test_gaps_are_four_parts_of_like_size_that_do_not_overlap(pairs: list[Pair]) -> None:
    whole, parts = agreement(author("judge one", "judge"))
    gaps = [part for part in parts if part.by == "gap"]
    ends = [tuple(map(int, part.value.split("–"))) for part in gaps]
    assert len(gaps) == 4 and ends == sorted(ends)
    assert all(next_low == high + 1 for (_, high), (next_low, _) in zip(ends, ends[1:], strict=False))
    assert max(part.pairs for part in gaps) <= whole.pairs / 4 + 2


def test_votes_on_one_prompt_widen_the_interval() -> None:
    for place in range(12):
        one = pair(f"{place}?")
        judge(one, 1)
        for person in ("ann", "bob", "cem", "dia"):
            judge(one, 1 if place % 3 else -1, person, "person")
    whole, _ = agreement(author("a-judge", "judge"))
    clustered = whole.people.with_ties
    independent = pure.Agreement(round(clustered.top), clustered.n).interval
    assert clustered.estimate == independent.estimate
    assert clustered.high - clustered.low > 1.5 * (independent.high - independent.low)


def test_failures_superseded_judgments_and_gold_labels_are_no_votes() -> None:
    one = pair()
    judge(one, None)
    judge(one, 1, "ann", "person")
    judge(one, 1, "gold", "gold")
    whole, parts = agreement(author("a-judge", "judge"))
    assert (whole.pairs, parts, whole.people.with_ties.estimate) == (0, [], None)
    judge(one, 1, "second", superseded_at="2026-01-01T00:00Z")
    assert agreement(author("second", "judge"))[0].pairs == 0
    judge(one, 1, "third")
    assert agreement(author("third", "judge"))[0].people.with_ties.n == 1
