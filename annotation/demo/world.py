"""The toy world: closed sets of words, three forms of task, and prompts that no two are alike.

A prompt is a sentence that has nothing to do with the task, and the task: "Anna is at the market. List three
animals." The first makes each prompt unique, the second can be checked by a rubric from its text alone.
"""

import random
import re
from dataclasses import dataclass
from itertools import product

TOPICS: dict[str, tuple[str, ...]] = {
    "animals": ("cat", "dog", "horse", "fox", "bear", "goat", "mouse", "sheep", "lion", "owl", "frog", "duck"),
    "fruits": ("apple", "pear", "plum", "grape", "lemon", "melon", "peach", "cherry", "fig", "mango", "lime", "kiwi"),
    "tools": ("hammer", "saw", "drill", "knife", "ladder", "rope", "shovel", "brush", "rake", "axe", "nail", "wrench"),
    "drinks": ("tea", "milk", "water", "juice", "coffee", "cocoa", "cider", "soda", "wine", "beer", "broth", "punch"),
    "clothes": ("coat", "hat", "shirt", "scarf", "sock", "belt", "dress", "glove", "boot", "skirt", "vest", "cap"),
    "instruments": ("piano", "flute", "drum", "viol", "harp", "gong", "horn", "bell", "cello", "sax", "fife", "lute"),
    "vehicles": ("car", "bus", "train", "boat", "bike", "truck", "plane", "tram", "van", "ship", "cart", "sled"),
    "plants": ("rose", "tulip", "oak", "fern", "moss", "ivy", "daisy", "pine", "palm", "lily", "willow", "cactus"),
}  # fmt: skip
ADJECTIVES = (
    "red", "blue", "green", "white", "black", "old", "new", "small", "big", "fine", "good", "strange",
)  # fmt: skip
NUMBERS = {"two": 2, "three": 3, "four": 4}
VERBS = ("see", "like", "have", "draw", "miss", "know")

NAMES = (
    "Anna", "Ben", "Clara", "David", "Emma", "Frank", "Greta", "Hugo", "Ida", "Jonas", "Karla", "Leo",
    "Mara", "Nils", "Olga", "Paul", "Rosa", "Sven", "Tara", "Udo", "Vera", "Willy", "Yara", "Zoe",
    "Adam", "Bella", "Carl", "Dora", "Emil", "Fanny", "Gustav", "Helen", "Ivan", "Julia", "Kurt", "Lena",
)  # fmt: skip
WHEREABOUTS = (
    "at home", "at school", "at work", "at sea", "in town", "in bed",
    "at the market", "in the park", "at the station", "in the library", "on the beach", "on the train",
)  # fmt: skip

LIST, TELL, ASK = "List {number} {topic}.", "Write {number} sentences about {topic}.", "Ask for {number} {topic}."
PATTERNS = {
    form: re.compile(re.escape(form).replace(r"\{number\}", r"(\w+)").replace(r"\{topic\}", r"(\w+)"))
    for form in (LIST, TELL, ASK)
}


class NotOfThisWorld(ValueError):
    """A prompt that names no task of the toy world."""


@dataclass(frozen=True)
class Task:
    """What a prompt asks for: `number` things of `topic` in one of three forms."""

    form: str
    number: int
    topic: str

    @property
    def text(self) -> str:
        word = next(word for word, number in NUMBERS.items() if number == self.number)
        return self.form.format(number=word, topic=self.topic)


def tasks() -> list[Task]:
    return [Task(form, number, topic) for form in (LIST, TELL, ASK) for number in NUMBERS.values() for topic in TOPICS]


def task_of(prompt: str) -> Task:
    """Read the task back from a prompt's text. Raises NotOfThisWorld."""
    for form, pattern in PATTERNS.items():
        found = pattern.search(prompt)
        if found and found[1] in NUMBERS and found[2] in TOPICS:
            return Task(form, NUMBERS[found[1]], found[2])
    raise NotOfThisWorld(f"no task of the toy world in {prompt!r}")


def prompts() -> list[str]:
    """Every prompt of the world once, in one fixed shuffled order: training and held-out prompts are its two ends."""
    order = random.Random(0)
    asides = [f"{name} is {place}." for name, place in product(NAMES, WHEREABOUTS)]
    chosen = [f"{aside} {task.text}" for aside in asides for task in order.sample(tasks(), 10)]
    order.shuffle(chosen)
    return chosen


def training_prompts(count: int) -> list[str]:
    return prompts()[:count]


def held_out_prompts(count: int) -> list[str]:
    """From the other end: no prompt is in both as long as both counts stay below half of the world."""
    return prompts()[-count:]
