"""Ratings that a program gives to single responses, and what they come to on each prompt."""

from itertools import product
from statistics import fmean
from typing import NamedTuple

from annotation.judges.config.registry import Judge
from annotation.judges.runs import programs
from annotation.models import Prompt
from training.runs.samples import Responses


class PromptRatings(NamedTuple):
    """Of a prompt: the share that the checkpoint won, from 0 to 1, and the mean ratings of both, if there are any."""

    won: float | None
    ours: float | None = None
    theirs: float | None = None


def by_ratings(judge: Judge, ours: Responses, theirs: Responses | None) -> dict[int, PromptRatings]:
    """By prompt: each of our responses is compared with each of theirs, and equal ratings are half a win.

    Prompts that the judge cannot read are left out.
    """
    texts = dict(Prompt.objects.filter(pk__in=ours).values_list("pk", "text"))
    found = {}
    for prompt, text in texts.items():
        own = ratings(judge, text, ours[prompt])
        others = ratings(judge, text, theirs.get(prompt, [])) if theirs is not None else []
        if own and (others or theirs is None):
            found[prompt] = PromptRatings(share_won(own, others), fmean(own), fmean(others) if others else None)
    return found


def ratings(judge: Judge, prompt: str, responses: list[str]) -> list[float]:
    given = [programs.score(judge, prompt, response) for response in responses]
    return [value for value in given if value is not None]


def share_won(own: list[float], others: list[float]) -> float | None:
    comparisons = [(one > other) + (one == other) / 2 for one, other in product(own, others)]
    return fmean(comparisons) if comparisons else None
