"""A judge judges pairs: what it has judged already it is not asked again, and a failure is kept as one."""

from collections.abc import Callable, Iterator
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet

from annotation.judges import programs
from annotation.judges.loading import Judge
from annotation.judges.outcomes import Outcome
from annotation.judges.reading import Reading
from annotation.judging import Verdict, record_many
from annotation.models import Author, Judgment, Pair

CHUNK = 200

Report = Callable[[int], None]
ShouldStop = Callable[[], bool]


def judge_pairs(
    judge: Judge,
    pairs: QuerySet[Pair],
    *,
    report: Report = lambda done: None,
    should_stop: ShouldStop = lambda: False,
    seed: int = 0,
) -> Outcome:
    """Every pair that the judge has not judged. What was answered is kept, also where this ends early.

    `report` hears how many pairs are done. `seed` fixes the noise of a program that has some.
    """
    author, outcome = judge.author, Outcome()
    waiting = walk(unjudged(pairs, author))
    if judge.protocol == "program":
        given = by_program(judge, waiting, outcome, should_stop, seed)
    else:
        given = Reading(judge, author, outcome, should_stop).verdicts(waiting)
    for verdicts in given:
        if verdicts:
            record_many(author, verdicts)
            outcome.count(verdicts)
            report(outcome.judged + outcome.failed)
    return outcome


def by_program(
    judge: Judge, pairs: Iterator[Pair], outcome: Outcome, should_stop: ShouldStop, seed: int
) -> Iterator[list[Verdict]]:
    while chunk := list(islice(pairs, CHUNK)):
        if should_stop():
            outcome.stopped = "It was cancelled."
            return
        yield [programs.verdict(judge, pair, seed) for pair in chunk]


def unjudged(pairs: QuerySet[Pair], author: Author) -> QuerySet[Pair]:
    """Without the pairs that have a valid verdict of this judge; failed ones are tried again."""
    done = Judgment.objects.filter(pair=OuterRef("pk"), author=author, superseded_at=None, state=Judgment.State.VALID)
    whole = pairs.filter(~Exists(done)).select_related("prompt", "left", "right")
    return whole.defer("prompt__search", "left__search", "right__search").order_by("pk")


def walk(pairs: QuerySet[Pair]) -> Iterator[Pair]:
    """By the last id seen, so that no cursor stays open while a judge thinks."""
    last = 0
    while chunk := list(pairs.filter(pk__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk
