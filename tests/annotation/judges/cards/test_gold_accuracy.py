"""A judge that is asked here, on pairs of which the right one is known."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from annotation.demo import loading
from annotation.judges.cards.cache import counted
from annotation.judges.cards.figures import Card
from annotation.judges.config.registry import load
from annotation.judges.protocols import combining, grades
from annotation.judges.runs import over_pairs
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def tested(settings: Any) -> Callable[[Callable[[str, str], str]], Card]:
    """The card of a judge that answers so, after it has judged the twenty pairs of the demo."""

    def ask(verdict: Callable[[str, str], str]) -> Card:
        loading.load()
        with serving(Endpoint(verdict=verdict)) as served:
            settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "a-key"
            over_pairs.judge_pairs(load("xwin_pair"), Pair.objects.filter(collection__slug="judge-test"))
        return counted(load("xwin_pair").author)

    return ask


def right_answers() -> set[str]:
    labels = Judgment.objects.filter(author__kind="gold").select_related("pair__left", "pair__right")
    return {(row.pair.right if (row.grade or 0) > 0 else row.pair.left).text for row in labels}


def test_a_judge_that_takes_the_first_is_right_in_half_and_never_in_both(tested: Any) -> None:
    card = tested(lambda first, second: "Verdict: A++")
    (gold,) = card.gold
    assert (gold.slug, gold.n, gold.correct.estimate) == ("judge-test", 20, 0.5)
    assert (gold.correct_average, gold.correct_both, gold.equal) == (50.0, 0.0, 0.0)
    assert card.bias.first_position.estimate == 1.0 and card.bias.first_position.low > 0.8
    assert card.bias.consistency.estimate == 0.0 and card.counts.inconsistent == 20
    assert card.spending.calls == 40 and card.spending.p50 is not None


def test_a_judge_that_knows_is_right_throughout(tested: Any) -> None:
    loading.load()
    right = right_answers()
    card = tested(lambda first, second: f"Verdict: {'A+++' if first in right else 'B+'}")
    (gold,) = card.gold
    assert (gold.correct_both, gold.equal, gold.correct.estimate) == (100.0, 100.0, 1.0)
    assert card.bias.first_position.estimate == 0.5


def test_an_answer_that_cannot_be_read_is_wrong_and_counted(tested: Any) -> None:
    loading.load()
    right = right_answers()

    def verdict(first: str, second: str) -> str:
        return (
            "I would rather not."
            if re.search("goose|Geese|Gooses", first)
            else f"Verdict: {'AB'[first not in right]}+"
        )

    card = tested(verdict)
    (gold,) = card.gold
    assert (gold.failed, gold.correct_both, gold.equal) == (1, 95.0, 100.0)
    assert card.spending.unread == 2 and card.counts.failed == 1


def test_a_judge_of_one_order_is_right_or_not() -> None:
    for number in range(4):
        one = pair(f"{number}?")
        judge(one, 2, "labels", "gold")
        judge(one, 1 if number else -1)
    (gold,) = counted(author("a-judge", "judge")).gold
    assert (gold.n, gold.correct.estimate, gold.correct_both) == (4, 0.75, None)


def test_of_several_preferences_in_one_order_the_mean_decides_as_it_does_for_the_verdict() -> None:
    one = pair()
    judge(one, -1, "labels", "gold")
    judged = judge(one, -1, preference=0.4, shown="both")
    for shown, said in (("left_first", (0.51, 0.51, 0.1)), ("right_first", (0.4, 0.4, 0.4))):
        for sample, preference in enumerate(said):
            # By their grades alone, +1, +1 and −2, the first order would be a tie.
            call = {"grade": grades.of_preference(preference), "preference": preference, "shown": shown}
            JudgeCall.objects.create(pair=one, author=judged.author, judgment=judged, sample=sample, **call)
    (gold,) = counted(judged.author).gold
    assert (gold.correct_left_first, gold.correct_right_first) == (100.0, 100.0)


def test_beside_preferences_what_a_person_read_counts_as_its_side_as_it_does_for_the_verdict() -> None:
    one = pair()
    judge(one, -1, "labels", "gold")
    # Of shares 0.1, 0.2 and the side of +1: the mean is 0.43, left. By the strength of the grade it would be right.
    judged = judge(one, -1, preference=1.3 / 3, shown="both")
    for shown in ("left_first", "right_first"):
        for sample, (grade, preference) in enumerate([(-2, 0.1), (-2, 0.2), (3, None)]):
            call = {"grade": grade, "preference": preference, "shown": shown, "sample": sample}
            JudgeCall.objects.create(pair=one, author=judged.author, judgment=judged, **call)
    calls = list(judged.calls.filter(shown="left_first"))
    assert combining.mean_share(calls) == pytest.approx(1.3 / 3)
    (gold,) = counted(judged.author).gold
    assert (gold.correct_left_first, gold.correct_right_first) == (100.0, 100.0)
