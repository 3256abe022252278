"""Points that a program gives to single responses, and what they come to on each prompt."""

from itertools import product
from statistics import fmean
from typing import NamedTuple

from annotation.judges.config.registry import Judge
from annotation.judges.runs import programs
from annotation.models import Prompt
from training.runs.samples import Responses


class PromptPoints(NamedTuple):
    """Of one prompt: how far the checkpoint won, from 0 to 1, and the mean points of both, where there are any."""

    won: float | None
    points: float | None = None
    others: float | None = None


def by_points(judge: Judge, ours: Responses, theirs: Responses | None) -> dict[int, PromptPoints]:
    """Every response gets its points; of each prompt all of ours meet all of theirs, and equal points are half a win.

    Prompts that the judge cannot read are left out.
    """
    texts = dict(Prompt.objects.filter(pk__in=ours).values_list("pk", "text"))
    found = {}
    for prompt, text in texts.items():
        mine = points(judge, text, ours[prompt])
        others = points(judge, text, theirs.get(prompt, [])) if theirs is not None else []
        if mine and (others or theirs is None):
            found[prompt] = PromptPoints(share_won(mine, others), fmean(mine), fmean(others) if others else None)
    return found


def points(judge: Judge, prompt: str, responses: list[str]) -> list[float]:
    given = [programs.score(judge, prompt, response) for response in responses]
    return [value for value in given if value is not None]


def share_won(mine: list[float], others: list[float]) -> float | None:
    comparisons = [(one > other) + (one == other) / 2 for one, other in product(mine, others)]
    return fmean(comparisons) if comparisons else None
