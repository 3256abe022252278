"""Ratings of a program, and what they come to on each prompt."""

import pytest

from annotation.judges.config import registry
from annotation.judges.config.registry import Judge
from annotation.models import Collection, Prompt
from tests.annotation.making import prompt
from tests.training.sampling import GOOD, POOR
from training.evaluation.ratings import by_ratings, share_won

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge() -> Judge:
    return registry.load("rubric_two")


@pytest.mark.parametrize(
    ("own", "others", "share"),
    [
        ([2.0], [1.0], 1.0),
        ([1.0], [1.0], 0.5),
        ([1.0], [2.0], 0.0),
        ([3.0, 1.0], [2.0, 1.0], 0.625),
        ([1.0], [], None),
    ],
)
def test_each_response_is_compared_with_each_of_the_others(
    own: list[float], others: list[float], share: float | None
) -> None:
    assert share_won(own, others) == share


def test_a_prompt_has_the_mean_rating_of_either_side(judge: Judge, prompts: list[Prompt]) -> None:
    of = prompts[0].pk
    (good,) = by_ratings(judge, {of: [GOOD]}, None).values()
    (poor,) = by_ratings(judge, {of: [POOR]}, None).values()
    (both,) = by_ratings(judge, {of: [GOOD, POOR]}, {of: [POOR]}).values()
    assert good.won is None and good.theirs is None
    assert good.ours is not None and poor.ours is not None and good.ours > poor.ours
    assert (both.won, both.ours, both.theirs) == (0.75, (good.ours + poor.ours) / 2, poor.ours)


def test_prompts_that_the_program_cannot_read_or_that_one_side_lacks_are_left_out(
    judge: Judge, collection: Collection, prompts: list[Prompt]
) -> None:
    strange, first, second = (
        prompt("What is the price of tea?", collection=collection).pk,
        prompts[0].pk,
        prompts[1].pk,
    )
    ours = {strange: [GOOD], first: [GOOD], second: [GOOD]}
    assert set(by_ratings(judge, ours, None)) == {first, second}
    assert set(by_ratings(judge, ours, {strange: [POOR], first: [POOR]})) == {first}
