"""A chat model reads pairs: every answer is stored before anything is made of it, and none is asked for twice."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.db.models import Q

from annotation.judges import protocols
from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.protocols.answers import ParsedAnswer, Unparsed
from annotation.judges.runs.budget import LIMITS
from annotation.judges.runs.frame import Questioning
from annotation.judges.runs.questions import Question, alike, questions
from annotation.models import JudgeCall, Pair, Shown
from annotation.review.judgments import Verdict
from annotation.review.pair_lock import keep
from studio.words import counted

AT_ONCE = 50
SAME = "The two responses are the same text."

# Of a call: its pair, the order shown, and which sample it is.
Key = tuple[int, str, int]
# A call that is to be made, and what is asked.
Asking = tuple[JudgeCall, Question]


@dataclass
class PairJudging(Questioning[Key, Pair, Verdict]):
    """A judge at work on pairs: those that it has begun, and the questions that wait for their turn.

    `twins` are calls with the question of one that waits or is under way, by its digest: they take its answer.
    No call of the `deleted` pairs is stored, so that they are never judged.
    """

    begun: dict[int, list[JudgeCall]] = field(default_factory=dict)
    twins: dict[str, list[Asking]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def more(self, asked: Iterator[Pair]) -> list[Verdict] | None:
        chunk = list(islice(asked, AT_ONCE))
        return self.begin(chunk) if chunk else None

    def begin(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """Prepare the calls of these pairs, with what the same question was answered before."""
        given = [Verdict(pair.pk, 0, consistent=True, rationale=SAME) for pair in pairs if alike(pair)]
        self.outcome.alike += len(given)
        asked: list[Asking] = []
        for pair in pairs:
            try:
                asked += [] if alike(pair) else self.calls(pair)
            except JudgeInvalid as error:
                given.append(Verdict(pair.pk, None, error=str(error)))
        known = self.known([call for call, _ in asked])
        answered = []
        for call, question in asked:
            self.begun.setdefault(key_of(call)[0], []).append(call)
            earlier = known.get((*key_of(call), call.prompt_digest)) or known.get(call.prompt_digest)
            if earlier:
                self.recall(call, earlier)
                answered.append(call)
            else:
                self.queue(call, question)
        return given + self.finished(answered)

    def queue(self, call: JudgeCall, question: Question) -> None:
        """The question waits for its turn, or for the answer to the same one."""
        if call.prompt_digest in self.twins:
            self.twins[call.prompt_digest].append((call, question))
        else:
            self.twins[call.prompt_digest] = []
            self.waiting.append((key_of(call), call.prompt_digest, question))

    def calls(self, pair: Pair) -> Iterator[Asking]:
        for question in questions(self.judge, pair):
            yield self.call(question, pair=pair), question

    def known(self, calls: Sequence[JudgeCall]) -> dict[Hashable, JudgeCall]:
        """Earlier answers by their question, and by their pair, order and question; the newest each.

        A failure is no answer, but what this same purpose paid for it does not pay for again.
        """
        digests = [call.prompt_digest for call in calls]
        counts = Q(error="")
        if self.purpose.asked_for:
            counts |= Q(asked_for=self.purpose.asked_for) & ~Q(model="")
        found: dict[Hashable, JudgeCall] = {}
        for call in JudgeCall.objects.filter(counts, author=self.author, prompt_digest__in=digests).order_by("pk"):
            if not call.error:
                found[call.prompt_digest] = call
            if call.pair_id:
                found[(*key_of(call), call.prompt_digest)] = call
        return found

    def recall(self, call: JudgeCall, earlier: JudgeCall) -> None:
        """The answer to the same question, read for this pair: its left may have been the other's right."""
        self.outcome.cached += 1
        if (earlier.pair_id, earlier.shown) == (call.pair_id, call.shown):
            call.pk = earlier.pk
        call.asked_for = ""
        call.raw, call.logprobs, call.model = earlier.raw, earlier.logprobs, earlier.model
        # Its words are as old as they were: they are not kept for longer in a copy.
        call.raw_erased_at, call.created_at = earlier.raw_erased_at, earlier.created_at
        if earlier.repaired_at or earlier.raw_erased_at:
            repeat(call, earlier)
        else:
            understand(self.judge, call)

    def take(self, answers: list[tuple[Key, Answer | CallFailed]]) -> list[Verdict]:
        """What came: first kept as it is, so that an answer outlives a parser that fails on it."""
        came = [call for key, answer in answers if (call := self.note(key, answer))]
        try:
            for call in came:
                if call.model and not call.error:
                    understand(self.judge, call)
                if call.model:
                    self.outcome.add(call)
        finally:
            with transaction.atomic():
                self.store(came)
                self.settle()
        self.outcome.unanswered += sum(not call.model for call in came)
        return self.finished([*came, *(twin for call in came for twin in self.answered_with(call))])

    def note(self, key: Key, answer: Answer | CallFailed) -> JudgeCall | None:
        """The call with what came of it; None where nothing did and the whole line stops."""
        call = next(call for call in self.begun[key[0]] if key_of(call) == key)
        if isinstance(answer, Answer):
            self.pay(key, call, answer)
        elif self.stops(key, answer):
            return None
        else:
            call.error = str(answer)
        return call

    def answered_with(self, call: JudgeCall) -> list[JudgeCall]:
        """The calls with the same question, which have its answer now; after a failure the first of them is asked."""
        twins = self.twins.pop(call.prompt_digest)
        if call.error:
            for waits, question in twins:
                self.queue(waits, question)
            return []
        for twin, _ in twins:
            self.recall(twin, call)
        return [twin for twin, _ in twins]

    @transaction.atomic
    def store(self, calls: Sequence[JudgeCall]) -> None:
        """But for those of pairs that were deleted since the judge began with them."""
        ids = {call.pair_id for call in calls if call.pair_id is not None}
        there = keep(ids)
        JudgeCall.objects.bulk_create([call for call in calls if call.pair_id in there])
        gone = ids - there - self.deleted
        self.deleted |= gone
        self.outcome.deleted += len(gone)

    def finished(self, came: Sequence[JudgeCall]) -> list[Verdict]:
        """Store these calls, and judge the pairs whose last call is among them."""
        if new := [call for call in came if call.pk is None and call.pair_id not in self.deleted]:
            self.store(new)
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
        call.error = f"{error}{cut(call)}"
        read_as(call, ParsedAnswer(None))
    else:
        call.error = ""
        read_as(call, said)


def read_as(call: JudgeCall, said: ParsedAnswer) -> None:
    """Told of first and second as shown; kept left to right."""
    said = said if call.shown == Shown.LEFT_FIRST else said.turned()
    call.grade, call.preference, call.rationale = said.grade, said.preference, said.rationale
    call.scores = said.scores and list(said.scores)


def cut(call: JudgeCall) -> str:
    """What to do about an answer that ended where its tokens ended, if it did; a single token is meant to be all."""
    allowed = next((int(call.settings[name]) for name in LIMITS if call.settings.get(name)), 0)
    if not 1 < allowed <= call.tokens_out:
        return ""
    return f" It was cut at {counted(call.tokens_out, 'token')}: raise the judge's max_tokens."


def repeat(call: JudgeCall, earlier: JudgeCall) -> None:
    """What was read in the same answer, from this pair's side: by a person, or before its words were erased."""
    read = ParsedAnswer(earlier.grade, earlier.rationale, earlier.preference, earlier.scores and tuple(earlier.scores))
    read_as(call, read if earlier.shown == Shown.LEFT_FIRST else read.turned())
    call.error, call.repaired_by_id, call.repaired_at = earlier.error, earlier.repaired_by_id, earlier.repaired_at


def verdict_of(judge: Judge, pair: int, calls: Sequence[JudgeCall]) -> Verdict:
    """One verdict from the answers about a pair."""
    rests_on = tuple(call.pk for call in calls)
    rationale = "\n\n".join(call.rationale for call in calls if call.rationale)
    orders = {call.shown for call in calls}
    shown = orders.pop() if len(orders) == 1 else Shown.BOTH
    try:
        found = protocols.of(judge).combine(judge, calls)
    except Unparsed as error:
        return Verdict(pair, None, error=str(error), shown=shown, rationale=rationale, calls=rests_on)
    return Verdict(
        pair,
        found.grade,
        shown=shown,
        preference=found.preference,
        consistent=found.consistent,
        rationale=rationale,
        details=({"scores": list(found.scores)} if found.scores else {})
        | ({"unparsed": found.unparsed} if found.unparsed else {}),
        calls=rests_on,
    )
