"""A judge rates single responses: every answer is stored before anything is made of it, and none is paid for twice.

Its points become a `Score`, the mean of k samples. A response with an answer that cannot be read has none: it waits
for a person, and `settle` makes its score of what was entered.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from statistics import fmean

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.judges import protocols
from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.protocols.rating import HIGHEST, LOWEST
from annotation.judges.runs import programs
from annotation.judges.runs.chat_pairs import AT_ONCE, understand
from annotation.judges.runs.frame import Questioning, heard
from annotation.judges.runs.outcomes import UNNAMED, Outcome, Purpose, so_far
from annotation.judges.runs.questions import questions_about
from annotation.models import Author, JudgeCall, Pair, Response, Score
from studio.accounts.models import User

Report = Callable[[Outcome], None]


def rate_responses(
    judge: Judge,
    responses: QuerySet[Response],
    *,
    report: Report = lambda outcome: None,
    should_stop: Callable[[], bool] = lambda: False,
    purpose: Purpose = UNNAMED,
) -> Outcome:
    """Every response that the judge has not rated, counted where the outcome speaks of pairs.

    What was answered is kept, also where this ends early. Raises JudgeInvalid for a judge that reads pairs only.
    """
    author = judge.author
    if judge.protocol != "program":
        protocols.single(judge)
    outcome, asked = so_far(author, Pair.objects.none(), purpose), unrated(responses, author, purpose)
    outcome.pairs = responses.count()
    outcome.already = outcome.pairs - asked.count()
    if not asked.exists():
        # Nothing is left to ask, so no key is needed.
        return outcome
    rating = ResponseRating(judge, author, outcome, should_stop, purpose)
    given = by_program(rating, asked) if judge.protocol == "program" else rating.rounds(walk(asked))
    # Closed before an error goes on: what is under way is then waited for, and in the journal.
    with closing(given):
        for done in given:
            outcome.judged += len(scored(author, done))
            outcome.failed += len(done) - len(scored(author, done))
            report(outcome)
    return outcome


def unrated(responses: QuerySet[Response], author: Author, purpose: Purpose = UNNAMED) -> QuerySet[Response]:
    """Responses without points; not those whose answer this very purpose paid for and nobody can read."""
    asked = responses.filter(~Exists(Score.objects.filter(response=OuterRef("pk"), author=author)))
    if purpose.asked_for:
        paid = JudgeCall.objects.filter(response=OuterRef("pk"), author=author, asked_for=purpose.asked_for)
        asked = asked.filter(~Exists(paid.exclude(error="").exclude(model="")))
    return asked.select_related("prompt").defer("search", "prompt__search").order_by("pk")


def walk(responses: QuerySet[Response]) -> Iterator[Response]:
    """By the last id seen, so that no cursor stays open while a judge thinks."""
    last = 0
    while chunk := list(responses.filter(pk__gt=last)[:AT_ONCE]):
        yield from chunk
        last = chunk[-1].pk


def by_program(rating: "ResponseRating", responses: QuerySet[Response]) -> Generator[list[int], None, None]:
    """A program reads the text as it is; what it cannot read it gives no points."""
    for response in walk(responses):
        points = programs.score(rating.judge, response.prompt.text, response.text)
        if points is not None:
            Score.objects.update_or_create(response=response, author=rating.author, defaults={"value": points})
        yield [response.pk]


@dataclass
class ResponseRating(Questioning[str, Response, int]):
    """A judge at work on responses, known by their ids. Calls with one question wait together under its digest."""

    begun: dict[int, list[JudgeCall]] = field(default_factory=dict)
    asked: dict[str, list[JudgeCall]] = field(default_factory=dict)

    def more(self, asked: Iterator[Response]) -> list[int] | None:
        response = next(asked, None)
        if response is None:
            return None
        try:
            return self.begin(response)
        except JudgeInvalid as lacking:
            # What is under way is waited for all the same.
            self.outcome.stopped = str(lacking)
            return []

    def begin(self, response: Response) -> list[int]:
        """The response's calls, with what the same question was answered before."""
        known = []
        for question in questions_about(self.judge, response):
            call = self.call(question, response=response)
            self.begun.setdefault(response.pk, []).append(call)
            earlier = self.known(call)
            if earlier:
                self.recall(call, earlier)
                known.append(call)
            elif call.prompt_digest in self.asked:
                self.asked[call.prompt_digest].append(call)
            else:
                self.asked[call.prompt_digest] = [call]
                self.waiting.append((call.prompt_digest, call.prompt_digest, question))
        return self.finished(known)

    def known(self, call: JudgeCall) -> JudgeCall | None:
        """The newest answer to this question; a failure is none."""
        found = JudgeCall.objects.filter(author=self.author, prompt_digest=call.prompt_digest, error="")
        return found.filter(~Q(raw="") | Q(raw_erased_at__isnull=False)).order_by("-pk").first()

    def recall(self, call: JudgeCall, earlier: JudgeCall) -> None:
        self.outcome.cached += 1
        if (earlier.response_id, earlier.sample) == (call.response_id, call.sample):
            call.pk = earlier.pk
        call.asked_for, call.raw, call.logprobs, call.model = "", earlier.raw, earlier.logprobs, earlier.model
        call.repaired_by_id, call.repaired_at = earlier.repaired_by_id, earlier.repaired_at
        call.scores, call.rationale = earlier.scores, earlier.rationale
        # Its words are as old as they were: they are not kept for longer in a copy.
        call.raw_erased_at, call.created_at = earlier.raw_erased_at, earlier.created_at

    def take(self, answers: list[tuple[str, Answer | CallFailed]]) -> list[int]:
        """What came: first kept as it is, so that an answer outlives a parser that fails on it."""
        noted = [calls for digest, answer in answers if (calls := self.note(digest, answer))]
        came = [call for calls in noted for call in calls]
        try:
            for call in came:
                if call.model and not call.error:
                    understand(self.judge, call)
        finally:
            with transaction.atomic():
                JudgeCall.objects.bulk_create(came)
                self.settle()
        for first, *others in noted:
            self.outcome.cached += len(others)
            if first.model:
                self.outcome.add(first)
            else:
                self.outcome.unanswered += 1
        return self.finished(came)

    def note(self, digest: str, answer: Answer | CallFailed) -> list[JudgeCall]:
        """The calls with what came of their question, the first of which pays; none where the whole line stops."""
        calls = self.asked.pop(digest)
        if isinstance(answer, Answer):
            first, *others = calls
            self.pay(digest, first, answer)
            for call in others:
                heard(call, answer)
                call.asked_for = ""
        elif self.stops(digest, answer):
            return []
        else:
            for call in calls:
                call.error = str(answer)
        return calls

    def finished(self, came: Sequence[JudgeCall]) -> list[int]:
        """Store these calls, and score the responses whose last call is among them."""
        JudgeCall.objects.bulk_create([call for call in came if call.pk is None])
        ids = dict.fromkeys(call.response_id for call in came if call.response_id is not None)
        whole = [pk for pk in ids if all(call.pk for call in self.begun[pk])]
        for pk in whole:
            store(self.author, pk, self.begun.pop(pk))
        return whole


def store(author: Author, response: int, calls: Iterable[JudgeCall]) -> Score | None:
    """The mean of what all these answers give; no score where one of them cannot be read."""
    points = [call.scores[0] if not call.error and call.scores else None for call in calls]
    valid = [value for value in points if value is not None]
    if not valid or len(valid) < len(points):
        return None
    score, _ = Score.objects.update_or_create(response_id=response, author=author, defaults={"value": fmean(valid)})
    return score


def settle(author: Author, response: int) -> Score | None:
    """The score anew, after a person entered points or answers were read again: of each sample the newest counts.

    An answer that can be read counts before a newer one that cannot.
    """
    calls = JudgeCall.objects.filter(author=author, response=response).order_by("pk")
    newest: dict[int, JudgeCall] = {}
    for call in calls:
        if not call.error or call.sample not in newest or newest[call.sample].error:
            newest[call.sample] = call
    return store(author, response, newest.values())


@transaction.atomic
def repair(call: JudgeCall, by: User, points: float) -> Score | None:
    """A person read the points that no parser could. Raises ValueError for points off the scale, or given before."""
    if not LOWEST <= points <= HIGHEST:
        raise ValueError(f"points: {points:g} is off the scale. Give 1 to 10.")
    assert call.response_id is not None
    # Of two answers about one response that are repaired at once, each would find the other unread, and make no score.
    Response.objects.select_for_update(no_key=True).values_list("pk").get(pk=call.response_id)
    # Whoever had the lock before may have repaired this very answer.
    call.refresh_from_db(fields=["error"])
    if not call.error:
        raise ValueError("Somebody entered points for this answer already. Load the page again to see them.")
    call.scores, call.error, call.repaired_by, call.repaired_at = [points, None], "", by, timezone.now()
    call.save(update_fields=["scores", "error", "repaired_by", "repaired_at"])
    return settle(call.author, call.response_id)


def scored(author: Author, responses: Sequence[int]) -> set[int]:
    return set(Score.objects.filter(author=author, response__in=responses).values_list("response", flat=True))
