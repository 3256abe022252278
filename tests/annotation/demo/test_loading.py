from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from annotation.demo.loading import HAND_WRITTEN, HELD_OUT, JUDGE_TEST, TRAINING, load
from annotation.interchange.entries import Entry
from annotation.interchange.formats import READ
from annotation.models import Assignment, Collection, Judgment, Pair, Prompt
from annotation.review.queue import next_slots
from studio.accounts.models import User


def written(path: Path = HAND_WRITTEN) -> list[Entry]:
    with path.open("rb") as stream:
        entries = list(READ["pairs"].parse(stream))
    return [entry for entry in entries if isinstance(entry, Entry)]


def test_what_was_written_by_hand_is_whole_and_varied() -> None:
    entries = written()
    assert len(entries) == 24
    assert {"code", "maths", "multi-turn", "CJK", "RTL"} <= {entry.category for entry in entries}
    assert max(len(entry.prompt) for entry in entries) == 3


def test_neither_place_nor_length_gives_the_verdict_away() -> None:
    graded = [(entry, verdict.grade or 0) for entry in written() for verdict in entry.judgments]
    sides = Counter(grade > 0 for _, grade in graded if grade)
    assert min(sides.values()) > len(graded) / 4
    longer = [len(e.responses[1].text) > len(e.responses[0].text) for e, grade in graded if grade]
    preferred = [grade > 0 for _, grade in graded if grade]
    assert sum(a != b for a, b in zip(longer, preferred, strict=True)) >= 4


def test_the_judge_says_what_it_is_in_its_name() -> None:
    assert {v.author for e in written() for v in e.judgments if v.kind == "judge"} == {
        "demo judge (hand-written verdicts)"
    }


def test_neither_place_nor_length_passes_the_judge_test() -> None:
    entries = written(JUDGE_TEST)
    firsts = [entry.judgments[0].grade == -2 for entry in entries]
    longer = [len(entry.responses[0].text) > len(entry.responses[1].text) for entry in entries]
    assert (len(entries), sum(firsts)) == (20, 10)
    assert 7 <= sum(a == b for a, b in zip(firsts, longer, strict=True)) <= 13
    assert all(entry.judgments[0].kind == "gold" and entry.judgments[0].rationale for entry in entries)


@pytest.mark.django_db
def test_the_demo_is_loaded_once_however_often_it_is_asked_for() -> None:
    for _ in range(2):
        load()
        assert Pair.objects.filter(collection__slug="demo").count() == 24
        assert Judgment.objects.count() == sum(len(entry.judgments) for entry in [*written(), *written(JUDGE_TEST)])
        assert Assignment.objects.count() == 48
        assert Prompt.objects.filter(collection__slug="toy-train").count() == TRAINING
        assert Prompt.objects.filter(collection__slug="toy-held-out").count() == HELD_OUT


@pytest.mark.django_db
def test_no_toy_prompt_is_both_trained_on_and_held_out() -> None:
    load()
    digests = [set(Prompt.objects.filter(collection__slug=slug).values_list("digest", flat=True)) for slug in SLUGS]
    assert not digests[0] & digests[1]


SLUGS = ("toy-train", "toy-held-out")


@pytest.mark.django_db
def test_it_is_written_in_few_statements(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    with django_assert_max_num_queries(202):
        load()


@pytest.mark.django_db
def test_a_newcomer_has_something_to_review_at_once(ann: User) -> None:
    load()
    assert len(next_slots(ann, 5)) == 5


@pytest.mark.django_db
def test_guidelines_that_were_changed_stay_changed() -> None:
    load()
    Collection.objects.filter(slug="demo").update(guidelines="Ours.")
    load()
    assert Collection.objects.get(slug="demo").guidelines == "Ours."
