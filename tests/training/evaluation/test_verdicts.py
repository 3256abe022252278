"""The pairs on which two authors are compared."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Judgment, Pair
from tests.annotation.making import author, judge, pair, paired, prompt, response
from training.evaluation.verdicts import PromptVerdict, Sides, current, of_judgment, verdicts
from training.evaluation.verdicts import paired as pairs_of

pytestmark = pytest.mark.django_db


def sides(*texts: tuple[str, str]) -> Sides:
    both = [(response(of, one, "ours"), response(of, other, "base")) for one, other in texts for of in [prompt(one)]]
    ours, theirs = ({one[place].prompt_id: one[place] for one in both} for place in (0, 1))
    return Sides(ours, theirs, author("base"))


def test_pairs_of_many_prompts_take_as_many_statements_as_of_two(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    # Beside the turn, in which no file is imported, one that makes them and one that reads them.
    for count in (2, 20):
        many = sides(*((f"{number} of {count}.", "Base.") for number in range(count)))
        with django_assert_num_queries(6):
            assert list(pairs_of(many, "benchmark")) == many.shared
    assert set(Pair.objects.values_list("source", "metadata__baseline")) == {("benchmark", "base")}


def test_the_same_words_make_no_pair_but_an_imported_one_is_found() -> None:
    same = sides(("Same.", "Same."), ("Alike.", "Alike."))
    first, second = same.shared
    imported = paired(same.ours[second], same.theirs[second])
    assert pairs_of(same, "benchmark") == {second: imported}
    assert Pair.objects.get().metadata == {"baseline": "base"} and first not in pairs_of(same, "benchmark")


class NoProgress:
    def begin(self, whole: int) -> None: ...


def said(of: Sides, by: str = "gpt-4") -> dict[int, PromptVerdict]:
    """What a judge that cannot be asked has said."""
    return verdicts(None, NoProgress(), of, None, author(by, "judge"), "benchmark")  # type: ignore[arg-type]


def test_a_verdict_is_told_for_our_side_whichever_was_left() -> None:
    both = sides(("1.", "Base."), ("2.", "Base."))
    straight, turned = pairs_of(both, "benchmark").values()
    judge(straight, 2 if straight.right.author.name == "ours" else -2, "gpt-4")
    judge(turned, 2 if turned.right.author.name == "base" else -2, "gpt-4")
    assert [verdict.share for verdict in said(both).values()] == [1.0, 0.0]


def test_a_preference_is_a_finer_share_and_a_failure_is_none() -> None:
    both = sides(("1.", "Base."), ("2.", "Base."))
    fine, failed = pairs_of(both, "benchmark").values()
    ours_right = fine.right.author.name == "ours"
    judge(fine, 1 if ours_right else -1, "gpt-4", preference=0.75 if ours_right else 0.25)
    judge(failed, None, "gpt-4")
    assert [verdict.share for verdict in said(both).values()] == [0.75, None]


def test_the_same_words_are_a_tie_that_nobody_judged_and_a_missing_verdict_is_missing() -> None:
    both = sides(("Same.", "Same."), ("Ours.", "Base."))
    same, _ = both.shared
    assert said(both) == {same: PromptVerdict(0.5)}


def test_a_judgment_of_the_same_words_counts_where_there_is_one() -> None:
    both = sides(("Same.", "Same."))
    (only,) = both.shared
    met = judge(paired(both.ours[only], both.theirs[only]), 0, "gpt-4")
    assert said(both) == {only: PromptVerdict(0.5, met)}


def test_only_current_judgments_of_this_author_count() -> None:
    first, second = pair("1?"), pair("2?")
    now, _ = judge(first, 1, "gpt-4"), judge(first, -1, "claude")
    judge(second, 1, "gpt-4")
    Judgment.objects.filter(pair=second).update(superseded_at="2026-01-01T00:00Z")
    assert current(author("gpt-4", "judge"), [first, second]) == {first.pk: now}


def test_a_tie_is_a_half_for_either_side() -> None:
    tie = judge(pair(), 0, "gpt-4")
    assert of_judgment(tie, tie.pair.left).share == of_judgment(tie, tie.pair.right).share == 0.5
