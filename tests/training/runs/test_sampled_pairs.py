"""Pairs of sampled responses: how they are drawn, and how many statements they take."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Pair
from annotation.models.responses import text_digest
from tests.annotation.making import prompt, response
from training.runs.sampled_pairs import Drawn, drawn, store


def test_the_same_seed_makes_the_same_pairs() -> None:
    rows = [{"prompt_id": n // 8, "response": f"text {n}"} for n in range(80)]
    assert list(drawn(rows, 4, seed=1)) == list(drawn(rows, 4, seed=1))
    assert list(drawn(rows, 4, seed=1)) != list(drawn(rows, 4, seed=2))
    assert len(list(drawn(rows, 4, seed=1))) == 40


def test_responses_that_are_alike_never_meet() -> None:
    assert list(drawn([{"prompt_id": 1, "response": "same"}] * 5, 4, seed=0)) == []


def test_responses_of_one_checkpoint_meet_those_of_the_next() -> None:
    rows = [{"prompt_id": n, "response": f"{place} says {n}"} for place in range(3) for n in range(4)]
    pairs = list(drawn(rows, 3, seed=0))
    assert [prompt for prompt, *_ in pairs] == [n for n in range(4) for _ in range(3)]


@pytest.mark.django_db
@pytest.mark.parametrize("prompts", [2, 20])
def test_pairs_of_many_prompts_take_as_many_statements_as_those_of_two(
    prompts: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    chunk: list[Drawn] = []
    for number in range(prompts):
        of = prompt(f"{number}?")
        response(of, "One."), response(of, "Two.")
        chunk.append((of.pk, text_digest("One."), text_digest("Two.")))
    # Three besides the collection's turn: its lock, and the savepoint that it lasts for.
    with django_assert_num_queries(7):
        made = store(chunk, None, "a run")
    assert set(Pair.objects.values_list("pk", "source")) == {(pk, "a run") for pk in made} and len(made) == prompts
    assert store([*chunk, (chunk[0][0], "no such", "response")], None, "again") == made
