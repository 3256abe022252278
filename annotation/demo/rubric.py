"""Two rubrics of the toy world, both from 0 to 10 and both reading nothing but the prompt's and the response's text.

Rubric one labels the pairs that models are trained on. Rubric two judges what came of it: it asks other questions
in other words and weighs them differently, so that learning the first one's letter does not suffice.
"""

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from annotation.demo.world import ADJECTIVES, ASK, LIST, NUMBERS, TOPICS, VERBS, Task, task_of

TOPIC_OF = {thing: topic for topic, things in TOPICS.items() for thing in things}
GLUE = {"here", "are", "the", "and", "may", "i", "have", "please", "want"}
KNOWN = GLUE | set(TOPIC_OF) | set(ADJECTIVES) | set(NUMBERS) | set(TOPICS) | set(VERBS)
# The noise of the toy's judge, in points: it prefers the worse of two responses in about one pair of nine.
NOISE = 0.5
THREE = re.compile(r": \S+ \S+ \S+ and ")


@dataclass(frozen=True)
class Reading:
    """A response as a rubric sees it: the things it names, each with the adjective before it or none."""

    task: Task
    text: str
    words: tuple[str, ...]
    things: tuple[str, ...]
    adjectives: tuple[str, ...]

    @classmethod
    def of(cls, prompt: str, response: str) -> "Reading":
        words = tuple(re.findall(r"[a-z]+", response.lower()))
        named = [(before, word) for before, word in pairwise(("", *words)) if word in TOPIC_OF]
        adjectives = tuple(before if before in ADJECTIVES else "" for before, _ in named)
        return cls(task_of(prompt), response.strip(), words, tuple(word for _, word in named), adjectives)

    @property
    def fitting(self) -> set[str]:
        return {thing for thing in self.things if TOPIC_OF[thing] == self.task.topic}


@dataclass(frozen=True)
class Question:
    """One line of a rubric: its weight in points, its words, and the share of them that a response earns."""

    points: float
    words: str
    share: Callable[[Reading], float]


@dataclass(frozen=True)
class Grade:
    """Points from 0 to 10 and why."""

    points: float
    rationale: str


def grade(prompt: str, response: str, rubric: str = "one") -> Grade:
    """Raises NotOfThisWorld for a prompt that the toy's rubrics cannot read."""
    reading = Reading.of(prompt, response)
    earned = [(question, question.share(reading)) for question in RUBRICS[rubric]]
    lines = [f"{question.words} {share * question.points:.1f} of {question.points:g}." for question, share in earned]
    return Grade(sum(question.points * share for question, share in earned), " ".join(lines))


def prefer(prompt: str, left: str, right: str, seed: int) -> int:
    """A grade from −3 to +3, positive where the right response is better, drawn by Bradley-Terry on rubric one.

    P(right) = 1 / (1 + exp(−d / NOISE)), d the difference in points. 0 only where the two are the same.
    """
    if left == right:
        return 0
    chance = random.Random(f"{seed} {prompt} {left} {right}").uniform(1e-9, 1 - 1e-9)
    felt = grade(prompt, right).points - grade(prompt, left).points + NOISE * math.log(chance / (1 - chance))
    return strength(felt)


def compare(prompt: str, left: str, right: str, rubric: str) -> int:
    """The same scale without noise: what the points say, and 0 where they are equal."""
    return strength(grade(prompt, right, rubric).points - grade(prompt, left, rubric).points)


def strength(difference: float) -> int:
    """A difference in points as a grade from −3 to +3."""
    if not difference:
        return 0
    return int(math.copysign(1 + (abs(difference) > 1) + (abs(difference) > 2.5), difference))


# Rubric one


def count(reading: Reading) -> float:
    return max(0.0, 1 - abs(len(reading.things) - reading.task.number) / reading.task.number)


def topic(reading: Reading) -> float:
    return share_of(sum(TOPIC_OF[thing] == reading.task.topic for thing in reading.things), len(reading.things))


def distinct(reading: Reading) -> float:
    return share_of(len(set(reading.things)), len(reading.things))


def form(reading: Reading) -> float:
    if reading.task.form == LIST:
        return (reading.text.startswith("Here are ") + is_enumerated(reading.text)) / 2
    if reading.task.form == ASK:
        return float(reading.text.startswith("May I have "))
    sentences = [part for part in re.split(r"\.\s*", reading.text) if part]
    return share_of(sum(sentence.startswith("I ") for sentence in sentences), max(len(sentences), len(reading.things)))


def is_enumerated(text: str) -> bool:
    """After the first comma of a line an "and", or a list of three."""
    return any(" and " in line.partition(", ")[2] for line in text.split("\n")) or bool(THREE.search(text))


def detail(reading: Reading) -> float:
    return share_of(sum(map(bool, reading.adjectives)), len(reading.things))


def ending(reading: Reading) -> float:
    return float(reading.text.endswith(", please?" if reading.task.form == ASK else "."))


# Rubric two


def answered(reading: Reading) -> float:
    """F1 of the different fitting things against as many as were asked for."""
    return 2 * min(len(reading.fitting), reading.task.number) / (len(reading.things) + reading.task.number)


def vivid(reading: Reading) -> float:
    return min(1.0, share_of(len(set(reading.adjectives) - {""}), reading.task.number))


def clean(reading: Reading) -> float:
    known = share_of(sum(word in KNOWN for word in reading.words), len(reading.words))
    stutters = any(first == second for first, second in pairwise(reading.words))
    return known * reading.text[:1].isupper() * (not stutters)


def polite(reading: Reading) -> float:
    wanted = "please" in reading.words and reading.text.endswith("?") if reading.task.form == ASK else True
    return float(wanted and reading.text[-1:] in {".", "?"})


def share_of(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


RUBRICS: dict[str, tuple[Question, ...]] = {
    "one": (
        Question(2, "As many things as asked for:", count),
        Question(2, "All of the topic:", topic),
        Question(2, "No thing twice:", distinct),
        Question(1, "The form of the task:", form),
        Question(2, "An adjective with each thing:", detail),
        Question(1, "The right ending:", ending),
    ),
    "two": (
        Question(5, "Gives what was asked, neither less nor more nor anything else:", answered),
        Question(2, "Describes in various words:", vivid),
        Question(2, "Begins properly, uses real words and does not stutter:", clean),
        Question(1, "Closes in good manners:", polite),
    ),
}
