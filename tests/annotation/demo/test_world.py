"""The toy world: prompts that no two are alike, and tasks that can be read back from them."""

import pytest

from annotation.demo.world import (
    TOPICS,
    NotOfThisWorld,
    held_out_prompts,
    prompts,
    task_of,
    tasks,
    training_prompts,
)


def test_no_two_prompts_are_alike_and_the_order_is_fixed() -> None:
    assert len(set(prompts())) == len(prompts()) >= 2700
    assert prompts() == prompts()


def test_training_and_held_out_prompts_have_none_in_common() -> None:
    assert not set(training_prompts(3600)) & set(held_out_prompts(720))


def test_every_task_is_read_back_from_its_prompt() -> None:
    assert all(task_of(f"Anna is at home. {task.text}") == task for task in tasks())
    assert {task_of(prompt) for prompt in held_out_prompts(720)} == set(tasks())


def test_no_thing_belongs_to_two_topics() -> None:
    things = [thing for own in TOPICS.values() for thing in own]
    assert len(set(things)) == len(things)


@pytest.mark.parametrize("prompt", ["", "Explain DPO.", "List seven animals.", "List two emotions."])
def test_a_prompt_from_elsewhere_is_refused(prompt: str) -> None:
    with pytest.raises(NotOfThisWorld):
        task_of(prompt)
