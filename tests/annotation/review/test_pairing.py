from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Author, Collection, Pair, Prompt, Response
from annotation.review import pairing
from tests.annotation.making import author, collection, prompt, response, score

pytestmark = pytest.mark.django_db

TEXTS = {"ann": "One.", "ben": "Two.", "cat": "Three.", "dan": "Four."}


@pytest.fixture
def here() -> Collection:
    return collection("here")


@pytest.fixture
def prompts(here: Collection) -> list[Prompt]:
    made = [prompt(f"Count {n}.", collection=here) for n in range(3)]
    for of in [*made, prompt("Count elsewhere.", collection=collection("elsewhere"))]:
        for name, text in TEXTS.items():
            response(of, text, name)
    return made


def authors(*names: str) -> list[Author]:
    return [author(name) for name in names or TEXTS]


def met() -> set[tuple[int, str, str]]:
    """Who meets whom on which prompt, by name."""
    rows = Pair.objects.select_related("left__author", "right__author")
    return {(pair.prompt_id, *sorted((pair.left.author.name, pair.right.author.name))) for pair in rows}  # type: ignore[misc]


def test_all_meet_all_of_their_prompt_and_nobody_of_another(here: Collection, prompts: list[Prompt]) -> None:
    assert pairing.pair_all(here, authors("ann", "ben", "cat"), source="round robin") == 9
    pairs = [("ann", "ben"), ("ann", "cat"), ("ben", "cat")]
    assert met() == {(of.pk, *names) for of in prompts for names in pairs}
    assert set(Pair.objects.values_list("source", "collection")) == {("round robin", here.pk)}


def test_pairing_again_adds_what_is_missing_only(here: Collection, prompts: list[Prompt]) -> None:
    pairing.pair_all(here, authors("ann", "ben"))
    assert pairing.pair_all(here, authors("ann", "ben")) == 0
    assert pairing.pair_all(here, authors("ann", "ben", "cat")) == 6


def test_each_meets_the_reference_and_nobody_else(here: Collection, prompts: list[Prompt]) -> None:
    reference = author("dan")
    assert pairing.pair_against(here, authors(), reference) == 9
    assert met() == {(of.pk, *sorted((name, "dan"))) for of in prompts for name in ("ann", "ben", "cat")}


def test_the_seed_fixes_which_pairs_are_drawn(here: Collection, prompts: list[Prompt]) -> None:
    def drawn(seed: int) -> set[tuple[int, str, str]]:
        assert pairing.pair_randomly(here, authors(), per_prompt=2, seed=seed) == 6
        found = met()
        Pair.objects.all().delete()
        return found

    assert drawn(1) == drawn(1)
    assert len({frozenset(drawn(seed)) for seed in range(6)}) > 1


def test_no_more_pairs_are_drawn_than_there_are(here: Collection, prompts: list[Prompt]) -> None:
    assert pairing.pair_randomly(here, authors("ann", "ben"), per_prompt=9) == 3


def test_the_best_meets_the_one_of_the_rank_that_is_wanted(here: Collection, prompts: list[Prompt]) -> None:
    ranks = {"ann": 4.0, "ben": 1.0, "cat": 3.0, "dan": 2.0}
    for of in prompts[:2]:
        for given in of.responses.select_related("author"):
            score(given, ranks[given.author.name])
    reward_model = author("a-reward-model", "reward_model")
    assert pairing.pair_best(here, authors(), reward_model, rank=4) == 2
    assert met() == {(of.pk, "ann", "ben") for of in prompts[:2]}
    assert pairing.pair_best(here, authors(), reward_model, rank=2) == 2
    assert pairing.pair_best(here, authors(), reward_model, rank=9) == 0


def test_equal_texts_never_meet(here: Collection) -> None:
    of = prompt("Count.", collection=here)
    for name in ("ann", "ben"):
        response(of, "The same.", name)
    assert pairing.pair_all(here, authors("ann", "ben")) == 0
    assert pairing.pair_against(here, authors("ann"), author("ben")) == 0


def test_chosen_responses_meet_in_the_order_given(here: Collection, prompts: list[Prompt]) -> None:
    of = {(one.prompt_id, one.author.name): one.pk for one in Response.objects.select_related("author")}
    first, second = (prompts[n].pk for n in (2, 0))
    met = [
        (of[first, "ben"], of[first, "ann"]),
        (of[second, "ann"], of[second, "ben"]),
        (of[first, "ann"], of[second, "ben"]),
    ]
    made = pairing.pair_chosen(met, source="chosen")
    assert [Pair.objects.get(pk=pk).prompt_id for pk in made] == [first, second]
    assert pairing.pair_chosen(met[::-1]) == made[::-1] and Pair.objects.count() == 2


def test_left_and_right_stand_in_the_order_of_their_ids(here: Collection, prompts: list[Prompt]) -> None:
    pairing.pair_against(here, authors("dan"), author("ann"))
    assert all(pair.left_id < pair.right_id for pair in Pair.objects.all())


def test_any_number_of_pairs_is_one_statement(
    here: Collection, prompts: list[Prompt], django_assert_num_queries: Callable[[int], Any]
) -> None:
    everybody = authors()
    with django_assert_num_queries(1):
        pairing.pair_all(here, everybody)
