"""A chat model reads pairs: every answer is stored before anything is made of it, and none is asked for twice."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from annotation.judges.client import Answer, CallFailed
from annotation.judges.line import Line
from annotation.judges.loading import Judge
from annotation.judges.outcomes import Outcome
from annotation.judges.parsing import Unparsed, combine, parse
from annotation.judges.prompting import digest, question
from annotation.judging import Verdict
from annotation.models import Author, JudgeCall, Pair, Shown
from annotation.models.prompts import Message

IN_FLIGHT = 64
AT_ONCE = 50
SAME = "The two responses are the same text."

Key = tuple[int, str]


@dataclass
class Reading:
    """A judge at work: the pairs that it has begun, and the questions that wait for their turn."""

    judge: Judge
    author: Author
    outcome: Outcome
    should_stop: Callable[[], bool]
    begun: dict[int, list[JudgeCall]] = field(default_factory=dict)
    questions: deque[tuple[JudgeCall, list[Message]]] = field(default_factory=deque)

    def verdicts(self, pairs: Iterator[Pair]) -> Iterator[list[Verdict]]:
        """Verdicts as they come. What the endpoint was asked is waited for, also where this is stopped."""
        try:
            with Line[Key](self.judge, IN_FLIGHT) as line:
                while True:
                    yield from filter(None, self.fill(line, pairs))
                    if not line.under_way:
                        return
                    yield self.take(line.answers())
        except CallFailed as failure:
            self.outcome.stopped = str(failure)

    def fill(self, line: Line[Key], pairs: Iterator[Pair]) -> Iterator[list[Verdict]]:
        """Keep the line busy; pairs that need no call at all have their verdicts at once."""
        if not self.outcome.stopped and self.should_stop():
            self.outcome.stopped = "It was cancelled."
        while line.free and not self.outcome.stopped:
            if self.questions:
                call, messages = self.questions.popleft()
                line.ask((call.pair_id, call.shown), messages)
            elif chunk := list(islice(pairs, AT_ONCE)):
                yield self.begin(chunk)
            else:
                return

    def begin(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """Prepare the calls of these pairs, with what the same question was answered before."""
        same = [Verdict(pair.pk, 0, consistent=True, rationale=SAME) for pair in pairs if alike(pair)]
        asked = [asking for pair in pairs if not alike(pair) for asking in self.calls(pair)]
        known = self.known([call for call, _ in asked])
        answered = []
        for call, messages in asked:
            self.begun.setdefault(call.pair_id, []).append(call)
            if earlier := known.get(call.prompt_digest):
                self.recall(call, earlier)
                answered.append(call)
            else:
                self.questions.append((call, messages))
        return same + self.finished(answered)

    def calls(self, pair: Pair) -> Iterator[tuple[JudgeCall, list[Message]]]:
        orders = [Shown.LEFT_FIRST, Shown.RIGHT_FIRST] if self.judge.both_orders else [Shown.LEFT_FIRST]
        for shown in orders:
            texts = [pair.left.text, pair.right.text]
            first, second = texts if shown == Shown.LEFT_FIRST else texts[::-1]
            messages = question(self.judge, pair.prompt.messages, first, second)
            asked = digest(self.judge, messages)
            given = {"prompt_digest": asked, "settings": self.judge.settings}
            yield JudgeCall(pair=pair, author=self.author, shown=shown, **given), messages

    def known(self, calls: Sequence[JudgeCall]) -> dict[str, JudgeCall]:
        """Earlier answers by their question, the newest each; a failure is no answer."""
        digests = [call.prompt_digest for call in calls]
        found = JudgeCall.objects.filter(author=self.author, prompt_digest__in=digests, error="").order_by("pk")
        return {call.prompt_digest: call for call in found}

    def recall(self, call: JudgeCall, earlier: JudgeCall) -> None:
        """The answer to the same question, read for this pair: its left may have been the other's right."""
        self.outcome.cached += 1
        if (earlier.pair_id, earlier.shown) == (call.pair_id, call.shown):
            call.pk = earlier.pk
        call.raw, call.model = earlier.raw, earlier.model
        understand(call)

    def take(self, answers: list[tuple[Key, Answer | CallFailed]]) -> list[Verdict]:
        came = []
        for (pair, shown), answer in answers:
            call = next(call for call in self.begun[pair] if call.shown == shown)
            if isinstance(answer, Answer):
                self.note(call, answer)
            elif answer.stops:
                self.outcome.stopped = str(answer)
                continue
            else:
                call.error = str(answer)
            came.append(call)
        return self.finished(came)

    def note(self, call: JudgeCall, answer: Answer) -> None:
        call.raw, call.model, call.latency = answer.text, answer.model, answer.latency
        call.tokens_in, call.tokens_out = answer.tokens_in, answer.tokens_out
        understand(call)
        self.outcome.add(answer, self.judge.price)

    def finished(self, came: Sequence[JudgeCall]) -> list[Verdict]:
        """Store these calls, and judge the pairs whose last call is among them."""
        JudgeCall.objects.bulk_create([call for call in came if call.pk is None])
        whole = [pk for pk in {call.pair_id: None for call in came} if all(call.pk for call in self.begun[pk])]
        return [verdict_of(pk, self.begun.pop(pk)) for pk in whole]


def alike(pair: Pair) -> bool:
    return pair.left.text == pair.right.text


def understand(call: JudgeCall) -> None:
    """Grade and reasons from the raw answer; positive where the right response is better."""
    try:
        said = parse(call.raw)
    except Unparsed as error:
        call.error = str(error)
    else:
        call.grade = said.grade if call.shown == Shown.LEFT_FIRST else -said.grade
        call.rationale = said.rationale


def verdict_of(pair: int, calls: Sequence[JudgeCall]) -> Verdict:
    """One verdict from the readings of a pair, which are positive where the right response is better."""
    rests_on = tuple(call.pk for call in calls)
    rationale = "\n\n".join(call.rationale for call in calls if call.rationale)
    if errors := [call.error for call in calls if call.error]:
        return Verdict(pair, None, error=" ".join(dict.fromkeys(errors)), rationale=rationale, calls=rests_on)
    grades = [call.grade for call in calls if call.grade is not None]
    grade, consistent = combine(*grades) if len(grades) == 2 else (grades[0], None)
    return Verdict(pair, grade, consistent=consistent, rationale=rationale, calls=rests_on)
