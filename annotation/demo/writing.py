"""Demonstrations of mixed quality: a writer who knows every rule of the toy world and minds each of them at times.

He goes through his lists from front to back, so that what he named last tells what he may name next.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.demo.world import ADJECTIVES, ASK, LIST, NUMBERS, TELL, TOPICS, VERBS, Task, task_of

# How often the writer forgets each rule.
SPOILT = 0.4


@dataclass(frozen=True)
class Care:
    """The rules that this answer minds."""

    count: bool
    topic: bool
    distinct: bool
    form: bool
    detail: bool
    ending: bool

    @classmethod
    def drawn(cls, chance: random.Random, spoilt: float) -> "Care":
        return cls(*(chance.random() >= spoilt for _ in range(6)))


def demonstrate(prompt: str, chance: random.Random, spoilt: float = SPOILT) -> str:
    """An answer to a prompt of the toy world, each of the six rules spoilt with the given probability."""
    return answer(task_of(prompt), Care.drawn(chance, spoilt), chance)


def answer(task: Task, care: Care, chance: random.Random) -> str:
    named = chosen(task, care, chance)
    adjectives = in_order(ADJECTIVES, len(named), chance)
    things = [described(thing, word, care, chance) for thing, word in zip(named, adjectives, strict=True)]
    if task.form == LIST:
        return listed(task, things, care)
    if task.form == ASK:
        return asked(things, care)
    assert task.form == TELL
    return told(things, care, chance)


def in_order(words: Sequence[str], number: int, chance: random.Random) -> list[str]:
    """Some of the words at random, in their order."""
    return [words[place] for place in sorted(chance.sample(range(len(words)), number))]


def chosen(task: Task, care: Care, chance: random.Random) -> list[str]:
    number = task.number if care.count else chance.choice([n for n in range(1, 6) if n != task.number])
    things = in_order(TOPICS[task.topic], number, chance)
    if not care.topic:
        elsewhere = TOPICS[chance.choice([topic for topic in TOPICS if topic != task.topic])]
        things = [chance.choice(elsewhere) if chance.random() < 0.5 else thing for thing in things]
    if not care.distinct and number > 1:
        things[chance.randrange(1, number)] = things[0]
    return things


def described(thing: str, adjective: str, care: Care, chance: random.Random) -> str:
    plain = not care.detail and chance.random() < 0.75
    return f"the {thing}" if plain else f"the {adjective} {thing}"


def joined(things: list[str]) -> str:
    return " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else things[0]


def listed(task: Task, things: list[str], care: Care) -> str:
    word = next(word for word, number in NUMBERS.items() if number == task.number)
    opening = f"Here are {word} {task.topic}: " if care.form else ""
    return f"{opening}{joined(things) if care.form else ' '.join(things)}{'.' if care.ending else ''}"


def asked(things: list[str], care: Care) -> str:
    opening = "May I have" if care.form else "I want"
    return f"{opening} {joined(things)}{', please?' if care.ending else ''}"


def told(things: list[str], care: Care, chance: random.Random) -> str:
    sentences = [f"{chance.choice(VERBS)} {thing}" for thing in things]
    joint, opening = (". I ", "I ") if care.form else (" and ", "")
    return f"{opening}{joint.join(sentences)}{'.' if care.ending else ''}"
