"""A judge is asked about responses that are stored nowhere: nothing of the answers is kept but what they cost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.config.registry import Judge
from annotation.judges.runs.chat_pairs import understand
from annotation.judges.runs.frame import Questioning
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.judges.runs.questions import Question
from annotation.models import JudgeCall


@dataclass
class TextQuestioning(Questioning[int, Question, JudgeCall]):
    """Questions by their numbers; the calls of those that were answered are never stored."""

    begun: list[JudgeCall] = field(default_factory=list)

    def more(self, asked: Iterator[Question]) -> list[JudgeCall] | None:
        question = next(asked, None)
        if question is None:
            return None
        call = self.call(question)
        self.waiting.append((len(self.begun), call.prompt_digest, question))
        self.begun.append(call)
        return []

    def take(self, answers: list[tuple[int, Answer | CallFailed]]) -> list[JudgeCall]:
        done = []
        for key, answer in answers:
            call = self.begun[key]
            if isinstance(answer, Answer):
                self.pay(key, call, answer)
                if not call.error:
                    understand(self.judge, call)
                self.outcome.add(call)
            elif self.stops(key, answer):
                continue
            else:
                call.error = str(answer)
            done.append(call)
        self.settle()
        return done


def ask(
    judge: Judge, questions: Sequence[Question], purpose: Purpose, should_stop: Callable[[], bool]
) -> tuple[list[JudgeCall], Outcome]:
    """The calls that came to an end, each with its grade or its error, and what they cost together."""
    outcome = Outcome()
    asking = TextQuestioning(judge, judge.author, outcome, should_stop, purpose)
    with closing(asking.rounds(iter(questions))) as given:
        return [call for calls in given for call in calls], outcome
