"""A benchmark of two turns at work: who answered what, and which judge reads which turn."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from annotation import turns
from annotation.judges.config.registry import Judge
from annotation.models import Author, Prompt, Response
from training.evaluation.benchmarks.answers import Answers
from training.evaluation.benchmarks.participants import Participants
from training.models import Run
from training.worker.renewal import Renewal

Turn = Literal[1, 2]
TURNS: tuple[Turn, ...] = (1, 2)


class TwoTurnRun(NamedTuple):
    """A run at work: its questions by id, who answered what, and the judge of each turn, with whom it signs as."""

    run: Run
    participants: Participants
    renewal: Renewal
    questions: dict[int, Prompt]
    answered: dict[Author, Answers]
    judges: dict[Turn, tuple[Judge | None, Author]]

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run.spec["settings"]
        return found

    def asked(self, turn: Turn) -> set[int]:
        """Questions that have such a turn."""
        return {pk for pk, prompt in self.questions.items() if len(turns.asked(prompt.metadata, "")) >= turn}

    def answers(self, author: Author, turn: Turn) -> Answers:
        """To the questions that have such a turn."""
        asked = self.asked(turn)
        return {pk: response for pk, response in self.answered[author].items() if pk in asked}


def mean_length(responses: Iterable[Response]) -> float:
    """Characters of an answer with all its turns, and without the questions that its text shows between them."""
    lengths = [sum(map(len, turns.answered(one.metadata, one.text))) for one in responses]
    return sum(lengths) / len(lengths)
