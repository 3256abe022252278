"""The pairs on which two authors are compared."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Pair
from tests.annotation.making import author, paired, prompt, response
from training.evaluation.verdicts import Sides
from training.evaluation.verdicts import paired as pairs_of

pytestmark = pytest.mark.django_db


def sides(*texts: tuple[str, str]) -> Sides:
    both = [(response(of, one, "ours"), response(of, other, "base")) for one, other in texts for of in [prompt(one)]]
    ours, theirs = ({one[place].prompt_id: one[place] for one in both} for place in (0, 1))
    return Sides(ours, theirs, author("base"))


def test_pairs_of_many_prompts_take_two_statements(django_assert_num_queries: Callable[[int], Any]) -> None:
    many = sides(*((f"{number}.", "Base.") for number in range(20)))
    with django_assert_num_queries(2):
        assert list(pairs_of(many, "benchmark")) == many.shared
    assert set(Pair.objects.values_list("source", "metadata__baseline")) == {("benchmark", "base")}


def test_the_same_words_make_no_pair_but_an_imported_one_is_found() -> None:
    same = sides(("Same.", "Same."), ("Alike.", "Alike."))
    first, second = same.shared
    imported = paired(same.ours[second], same.theirs[second])
    assert pairs_of(same, "benchmark") == {second: imported}
    assert Pair.objects.get().metadata == {"baseline": "base"} and first not in pairs_of(same, "benchmark")
