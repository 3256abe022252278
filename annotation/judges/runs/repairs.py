"""Answers that could not be read: a person reads them, or a mended parser does, and the judgment is made anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.judges import protocols
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.protocols import grades
from annotation.judges.protocols.answers import ParsedAnswer, Scores
from annotation.judges.runs.chat_pairs import read_as, understand, verdict_of
from annotation.models import Author, JudgeCall, Judgment
from annotation.review.judgments import Verdict, record_many
from annotation.review.pair_lock import lock
from studio.accounts.models import User

CHUNK = 500
READ = ("grade", "preference", "scores", "rationale", "error")


class RepairRefused(ValueError):
    """An answer that cannot be repaired so: the field, and what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


@dataclass(frozen=True)
class Reread:
    """How many stored answers were read again, how many say something else now, and of how many pairs the verdict."""

    answers: int = 0
    changed: int = 0
    verdicts: int = 0


def waiting(author: Author | None = None, asked_for: str = "") -> QuerySet[JudgeCall]:
    """Failed answers beneath failed judgments that are current, the oldest first; of a judge, of a run."""
    calls = JudgeCall.objects.exclude(error="").filter(
        pair__isnull=False, judgment__state=Judgment.State.FAILED, judgment__superseded_at=None
    )
    if author:
        calls = calls.filter(author=author)
    if asked_for:
        calls = calls.filter(asked_for=asked_for)
    return calls.order_by("pk")


def judge_of(author: Author) -> Judge:
    """The judge as it was when it answered, from what its author keeps. Raises JudgeInvalid."""
    kept = {name: value for name, value in author.details.items() if name in Judge.__struct_fields__}
    try:
        return msgspec.convert(kept, Judge)
    except msgspec.ValidationError as error:
        raise JudgeInvalid(f"{author} is no judge of this studio that could be asked: {error}.") from error


@transaction.atomic
def repair(call: JudgeCall, by: User, *, grade: int | None = None, scores: Scores | None = None) -> Judgment:
    """A person reads the answer: a grade or scores, first against second as the judge was shown them.

    The judgment of the pair is made anew from all its answers, and supersedes the failed one. Raises RepairRefused,
    JudgeInvalid.
    """
    assert call.pair_id is not None
    lock([call.pair_id])
    # What was read before the lock may be old: the judgment is another once a sister answer was repaired.
    call.refresh_from_db(fields=["error", "raw", "judgment"])
    if not waiting().filter(pk=call.pk).exists():
        raise RepairRefused("call", "It does not wait to be repaired: somebody did it, or it was asked again.")
    if not call.raw.strip():
        raise RepairRefused("call", "The judge answered nothing that could be read. Send it again.")
    judge = judge_of(call.author)
    read_as(call, said(judge, grade, scores)._replace(rationale=call.raw.strip()))
    call.error, call.repaired_by, call.repaired_at = "", by, timezone.now()
    call.save(update_fields=[*READ, "repaired_by", "repaired_at"])
    beneath = JudgeCall.objects.filter(judgment=call.judgment_id).order_by("pk")
    (judgment,) = record_many(call.author, [verdict_of(judge, call.pair_id, list(beneath))])
    return judgment


def said(judge: Judge, grade: int | None, scores: Scores | None) -> ParsedAnswer:
    """What a person read, as the parser would have said it. Raises RepairRefused."""
    if not rests_on_scores(judge):
        if scores is not None:
            raise RepairRefused("scores", "This judge gives grades. Enter one.")
        if grade is None or not -3 <= grade <= 3:
            raise RepairRefused("grade", "Give a whole number from -3 (first much better) to 3 (second much better).")
        return ParsedAnswer(grade)
    if scores is None or scores[0] is None or (scores[1] is None and not is_single(judge)):
        raise RepairRefused("scores", "A verdict of this judge rests on scores. Enter them.")
    if is_single(judge):
        return ParsedAnswer(None, scores=(scores[0], None))
    assert scores[1] is not None
    return ParsedAnswer(grades.of_scores(scores[0], scores[1], judge.tie_within), scores=scores)


def rests_on_scores(judge: Judge) -> bool:
    return judge.protocol in protocols.SCORED


def is_single(judge: Judge) -> bool:
    """It rates one response at a time: the first that it is shown."""
    return judge.protocol in protocols.SINGLE


def reparse(author: Author) -> Reread:
    """Every stored answer of a judge about pairs is read again, at no cost; what a person read stays, as does what
    was read in answers whose words are erased.

    Pairs whose verdict is another now are judged anew. Raises JudgeInvalid.
    """
    judge = judge_of(author)
    answered = JudgeCall.objects.filter(author=author, pair__isnull=False, repaired_at=None).exclude(raw="")
    read = changed = verdicts = 0
    for chunk in walk(answered):
        other = [call for call in chunk if is_read_otherwise(judge, call)]
        read, changed = read + len(chunk), changed + len(other)
        if other:
            verdicts += judge_anew(judge, author, other)
    return Reread(read, changed, verdicts)


def is_read_otherwise(judge: Judge, call: JudgeCall) -> bool:
    before = [getattr(call, name) for name in READ]
    had_error = bool(call.error)
    understand(judge, call)
    # What failed before and fails now may say why in other words; nothing has changed.
    return not (had_error and call.error) and [getattr(call, name) for name in READ] != before


@transaction.atomic
def judge_anew(judge: Judge, author: Author, calls: Sequence[JudgeCall]) -> int:
    """Store how these answers read now; the number of current judgments that are superseded by another verdict.

    An answer that a person has repaired since it was read stays as it was repaired; one that was erased, as it was.
    """
    lock(call.pair_id for call in calls if call.pair_id)
    unrepaired = JudgeCall.objects.select_for_update(no_key=True).order_by("pk")
    unrepaired = unrepaired.filter(pk__in=[call.pk for call in calls], repaired_at=None, raw_erased_at=None)
    judgment_of = dict(unrepaired.values_list("pk", "judgment"))
    JudgeCall.objects.bulk_update([call for call in calls if call.pk in judgment_of], READ)
    rest_on_them = Q(pk__in=set(judgment_of.values()), superseded_at=None)
    judgments = Judgment.objects.filter(rest_on_them, author=author).prefetch_related("calls")
    verdicts = []
    for judgment in judgments:
        beneath = sorted(judgment.calls.all(), key=lambda call: call.pk)
        verdict = verdict_of(judge, judgment.pair_id, beneath)
        if differs(verdict, judgment):
            verdicts.append(verdict)
    record_many(author, verdicts)
    return len(verdicts)


def differs(verdict: Verdict, judgment: Judgment) -> bool:
    was = (judgment.grade, judgment.preference, judgment.consistent, judgment.error)
    return (verdict.grade, verdict.preference, verdict.consistent, verdict.error) != was


def walk(calls: QuerySet[JudgeCall]) -> Iterator[list[JudgeCall]]:
    last = 0
    while chunk := list(calls.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
