"""A drawn world of judged pairs: some prompts have several pairs, some pairs several votes, verdicts of every kind."""

import random

from annotation.models import Pair, Prompt
from tests.annotation.making import collection, judge, paired, prompt, response

PEOPLE = ("ann", "bob", "cem")
LANGUAGES = ("en", "de", "")


def world(seed: int = 0, prompts: int = 24) -> list[Pair]:
    chance = random.Random(seed)
    return [pair for number in range(prompts) for pair in judged_pairs(number, chance)]


def judged_pairs(number: int, chance: random.Random) -> list[Pair]:
    of = prompt(
        f"Prompt {number}?",
        collection=collection(chance.choice(["first", "second"])),
        category=chance.choice(["code", "writing", ""]),
        metadata={"language": language} if (language := chance.choice(LANGUAGES)) else {},
    )
    return [judged(of, place, chance) for place in range(chance.choice([1, 1, 2]))]


def judged(of: Prompt, place: int, chance: random.Random) -> Pair:
    texts = [words(chance) for _ in range(2)]
    pair = paired(response(of, texts[0], f"one {place}"), response(of, texts[1], f"other {place}"))
    lean = chance.choice([-2, 0, 2])
    for person in chance.sample(PEOPLE, chance.choice([0, 1, 2, 3])):
        judge(pair, noisy(lean, chance), person, "person")
    for by in ("judge one", "judge two"):
        shown = chance.choice(["left_first", "right_first", "both"])
        judge(pair, noisy(lean, chance), by, shown=shown, consistent=chance.choice([True, True, False]))
    return pair


def noisy(lean: int, chance: random.Random) -> int:
    return chance.choice([lean, lean, -lean, 0, 1])


def words(chance: random.Random) -> str:
    text = "word " * chance.randrange(1, 40)
    return f"Here:\n- {text}\n- more {chance.random()}" if chance.random() < 0.5 else f"{text}{chance.random()}"
