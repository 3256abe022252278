"""Judges that are programs of the studio: the rubrics of the toy world. They say so wherever they appear."""

from annotation.demo import rubric
from annotation.demo.world import NotOfThisWorld
from annotation.judges.config.registry import Judge
from annotation.models import Pair
from annotation.review.judgments import Verdict

# The rubric that labels pairs errs as people do; the one that evaluates does not.
NOISY = "one"


def verdict(judge: Judge, pair: Pair, seed: int = 0) -> Verdict:
    """A program reads both responses at once, so there is no order that could matter."""
    prompt, left, right = pair.prompt.text, pair.left.text, pair.right.text
    try:
        is_noisy = judge.program == NOISY
        grade = (
            rubric.prefer(prompt, left, right, seed)
            if is_noisy
            else rubric.compare(prompt, left, right, judge.program)
        )
        points = [rubric.grade(prompt, text, judge.program).points for text in (left, right)]
    except NotOfThisWorld as error:
        return Verdict(pair.pk, None, error=f"This program judges the toy world only: {error}.")
    return Verdict(pair.pk, grade, rationale=f"Left {points[0]:.1f} of 10, right {points[1]:.1f} of 10 points.")


def score(judge: Judge, prompt: str, response: str) -> float | None:
    """Points from 0 to 10; None for a prompt that the rubric cannot read."""
    try:
        return rubric.grade(prompt, response, judge.program).points
    except NotOfThisWorld:
        return None
