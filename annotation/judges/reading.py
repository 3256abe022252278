"""A chat model reads pairs: every answer is stored before anything is made of it, and none is asked for twice."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from annotation.judges import protocols
from annotation.judges.asking import Question, alike, questions
from annotation.judges.client import Answer, CallFailed
from annotation.judges.line import Line
from annotation.judges.loading import Judge
from annotation.judges.outcomes import Outcome
from annotation.judges.protocols.answers import Unparsed
from annotation.judging import Verdict
from annotation.models import Author, JudgeCall, Pair, Shown

IN_FLIGHT = 64
AT_ONCE = 50
SAME = "The two responses are the same text."

# Of a call: its pair, the order shown, and which sample it is.
Key = tuple[int, str, int]


@dataclass
class Reading:
    """A judge at work: the pairs that it has begun, and the questions that wait for their turn."""

    judge: Judge
    author: Author
    outcome: Outcome
    should_stop: Callable[[], bool]
    begun: dict[int, list[JudgeCall]] = field(default_factory=dict)
    waiting: deque[tuple[JudgeCall, Question]] = field(default_factory=deque)
    asked_for: str = ""

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
            if self.waiting:
                call, question = self.waiting.popleft()
                line.ask(key_of(call), question.messages, question.settings)
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
        for call, question in asked:
            self.begun.setdefault(key_of(call)[0], []).append(call)
            if earlier := known.get(call.prompt_digest):
                self.recall(call, earlier)
                answered.append(call)
            else:
                self.waiting.append((call, question))
        return same + self.finished(answered)

    def calls(self, pair: Pair) -> Iterator[tuple[JudgeCall, Question]]:
        for question in questions(self.judge, pair):
            call = JudgeCall(
                pair=pair,
                author=self.author,
                shown=question.shown,
                sample=question.sample,
                prompt_digest=question.digest(self.judge),
                settings=question.settings,
                seed=question.settings.get("seed"),
                asked_for=self.asked_for,
            )
            yield call, question

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
        call.raw, call.logprobs, call.model = earlier.raw, earlier.logprobs, earlier.model
        understand(self.judge, call)

    def take(self, answers: list[tuple[Key, Answer | CallFailed]]) -> list[Verdict]:
        came = []
        for key, answer in answers:
            call = next(call for call in self.begun[key[0]] if key_of(call) == key)
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
        call.raw, call.logprobs, call.model = answer.text, answer.logprobs, answer.model
        call.latency, call.endpoint = answer.latency, answer.endpoint
        call.tokens_in, call.tokens_out = answer.tokens_in, answer.tokens_out
        call.price = self.judge.price.of(answer.tokens_in, answer.tokens_out)
        understand(self.judge, call)
        self.outcome.add(call)

    def finished(self, came: Sequence[JudgeCall]) -> list[Verdict]:
        """Store these calls, and judge the pairs whose last call is among them."""
        JudgeCall.objects.bulk_create([call for call in came if call.pk is None])
        ids = {call.pair_id: None for call in came if call.pair_id is not None}
        whole = [pk for pk in ids if all(call.pk for call in self.begun[pk])]
        return [verdict_of(self.judge, pk, self.begun.pop(pk)) for pk in whole]


def key_of(call: JudgeCall) -> Key:
    assert call.pair_id is not None
    return call.pair_id, call.shown, call.sample


def understand(judge: Judge, call: JudgeCall) -> None:
    """What the stored answer says, left to right; or the error that it cannot be read."""
    try:
        said = protocols.of(judge).read(judge, call.raw, call.logprobs)
    except Unparsed as error:
        call.error = str(error)
        return
    said = said if call.shown == Shown.LEFT_FIRST else said.turned()
    call.grade, call.preference, call.rationale = said.grade, said.preference, said.rationale
    call.scores = said.scores and list(said.scores)


def verdict_of(judge: Judge, pair: int, calls: Sequence[JudgeCall]) -> Verdict:
    """One verdict from the answers about a pair."""
    rests_on = tuple(call.pk for call in calls)
    rationale = "\n\n".join(call.rationale for call in calls if call.rationale)
    if errors := [call.error for call in calls if call.error]:
        return Verdict(pair, None, error=" ".join(dict.fromkeys(errors)), rationale=rationale, calls=rests_on)
    found = protocols.of(judge).combine(judge, calls)
    return Verdict(
        pair,
        found.grade,
        preference=found.preference,
        consistent=found.consistent,
        rationale=rationale,
        details={"scores": list(found.scores)} if found.scores else {},
        calls=rests_on,
    )
