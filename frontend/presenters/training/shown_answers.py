"""Answers as they change while a policy learns: a row for each of some steps, a column for each prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.models import Run
from training.runs.shown_answers import ShownAnswer, ShownPrompt, shown_answers

# Steps of which a page shows the answers, the first and the last among them.
SHOWN = 6


@dataclass(frozen=True)
class AnswersAtStep:
    """None where the prompt has no answer of this step."""

    step: int
    answers: list[ShownAnswer | None]


@dataclass(frozen=True)
class AnswerTable:
    """`rows` is the newest step first; `left_out` counts the steps that are not shown."""

    prompts: list[ShownPrompt]
    rows: list[AnswersAtStep]
    left_out: int

    @property
    def newest(self) -> int:
        return self.rows[0].step


def of_run(run: Run) -> AnswerTable | None:
    return table(shown_answers(run))


def table(prompts: Sequence[ShownPrompt]) -> AnswerTable | None:
    """None where no answer was shown."""
    if not prompts:
        return None
    known = [{answer.step: answer for answer in prompt.answers} for prompt in prompts]
    steps = sorted({step for answers in known for step in answers})
    some = evenly(steps)
    rows = [AnswersAtStep(step, [answers.get(step) for answers in known]) for step in reversed(some)]
    return AnswerTable(list(prompts), rows, len(steps) - len(some))


def evenly(steps: Sequence[int]) -> list[int]:
    last = len(steps) - 1
    return [steps[place] for place in sorted({round(part * last / (SHOWN - 1)) for part in range(SHOWN)})]
