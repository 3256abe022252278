"""The toy world's writer: what each rule costs an answer, and nothing else."""

import random

import pytest

from annotation.demo.rubric import grade
from annotation.demo.world import ADJECTIVES, ASK, LIST, TELL, TOPICS, Task
from annotation.demo.writing import Care, answer, demonstrate, joined

MINDFUL = {"count": True, "topic": True, "distinct": True, "form": True, "detail": True, "ending": True}
TASKS = [Task(form, 3, "animals") for form in (LIST, TELL, ASK)]


def written(task: Task, seed: int = 0, **forgets: bool) -> str:
    return answer(task, Care(**(MINDFUL | forgets)), random.Random(seed))


@pytest.mark.parametrize("task", TASKS)
def test_a_writer_who_minds_every_rule_earns_every_point(task: Task) -> None:
    assert {grade(task.text, written(task, seed)).points for seed in range(20)} == {10}


@pytest.mark.parametrize("rule", MINDFUL)
@pytest.mark.parametrize("task", TASKS)
def test_a_rule_that_is_forgotten_costs_points_sooner_or_later(task: Task, rule: str) -> None:
    assert min(grade(task.text, written(task, seed, **{rule: False})).points for seed in range(20)) < 10


@pytest.mark.parametrize("task", TASKS)
def test_who_forgets_the_count_never_writes_the_number_asked_for(task: Task) -> None:
    for seed in range(20):
        text = written(task, seed, count=False)
        assert sum(text.count(f" {thing}") for thing in TOPICS["animals"]) != task.number


def test_things_and_adjectives_are_named_in_the_order_of_their_lists() -> None:
    for seed in range(20):
        words = written(TASKS[0], seed).replace(",", "").replace(".", "").split()
        for known in (TOPICS["animals"], ADJECTIVES):
            places = [known.index(word) for word in words if word in known]
            assert len(places) == 3 and places == sorted(places)


def test_one_thing_is_named_once_even_by_who_repeats_himself() -> None:
    alone = Task(TELL, 1, "animals")
    assert sum(written(alone, 3, distinct=False).count(thing) for thing in TOPICS["animals"]) == 1


@pytest.mark.parametrize(("things", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_things_are_joined_as_one_says_them(things: list[str], said: str) -> None:
    assert joined(things) == said


def test_a_seed_fixes_the_answer_and_nothing_spoilt_is_a_perfect_one() -> None:
    prompt = "Anna is at home. Ask for two drinks."
    assert demonstrate(prompt, random.Random(4)) == demonstrate(prompt, random.Random(4))
    assert grade(prompt, demonstrate(prompt, random.Random(4), spoilt=0.0)).points == 10
    assert grade(prompt, demonstrate(prompt, random.Random(4), spoilt=1.0)).points < 5
