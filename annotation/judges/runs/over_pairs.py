"""A judge judges pairs: what it has judged already it is not asked again, and a failure is kept as one."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet

from annotation.judges.config.registry import Judge
from annotation.judges.runs import programs
from annotation.judges.runs.chat_pairs import PairJudging
from annotation.judges.runs.outcomes import UNNAMED, Outcome, Purpose, so_far, unread
from annotation.models import Author, JudgeCall, Judgment, Pair
from annotation.models.flags import where_flagged
from annotation.models.row_estimates import unindexed
from annotation.review.judgments import Verdict, record_many
from studio.database.statistics import MANY, analyse

CHUNK = 200

Report = Callable[[Outcome], None]
ShouldStop = Callable[[], bool]


def judge_pairs(
    judge: Judge,
    pairs: QuerySet[Pair],
    *,
    report: Report = lambda outcome: None,
    should_stop: ShouldStop = lambda: False,
    seed: int = 0,
    purpose: Purpose = UNNAMED,
) -> Outcome:
    """Every pair that the judge has not judged. What was answered is kept, also where this ends early.

    `report` hears what became of them as it goes on. `seed` fixes the noise of a program that has some. What earlier
    attempts at the same `purpose` did counts, and so does what they paid.
    """
    author = judge.author
    outcome, asked = so_far(author, pairs, purpose), waiting(pairs, author, purpose)
    outcome.pairs = pairs.count()
    outcome.already = outcome.pairs - asked.count() - outcome.judged - outcome.failed
    report(outcome)
    if judge.protocol == "program":
        given = by_program(judge, walk(asked), outcome, should_stop, seed)
    else:
        given = PairJudging(judge, author, outcome, should_stop, purpose).rounds(walk(asked))
    # Closed before an error goes on: what is under way is then waited for, and in the journal.
    with closing(given):
        for verdicts in given:
            if verdicts:
                there = {judgment.pair_id for judgment in record_many(author, verdicts)}
                outcome.count(verdict for verdict in verdicts if verdict.pair_id in there)
                outcome.deleted += len(verdicts) - len(there)
            report(outcome)
    if outcome.judged + outcome.failed >= MANY:
        analyse(Judgment, JudgeCall, Pair)
    return outcome


def pairs_of(collection: str, source: str = "") -> QuerySet[Pair]:
    """The pairs of a collection, by its slug; with `source` only those that name it. Flagged pairs are left out."""
    return where_flagged(named(collection, source), "kept")


def flagged_of(collection: str, source: str = "") -> int:
    """How many pairs that leaves out."""
    return where_flagged(named(collection, source), "left_out").count()


def named(collection: str, source: str) -> QuerySet[Pair]:
    found = Pair.objects.filter(collection__slug=collection)
    return found.filter(source=source) if source else found


def waiting(pairs: QuerySet[Pair], author: Author, purpose: Purpose = UNNAMED) -> QuerySet[Pair]:
    """Pairs without a verdict of this judge. Those are left out whose answer this purpose paid for and cannot read."""
    asked = unjudged(pairs, author)
    if not purpose.asked_for:
        return asked
    failed = Judgment.objects.filter(
        Exists(unread(purpose)), pair=OuterRef("pk"), author=author, superseded_at=None, state=Judgment.State.FAILED
    )
    return asked.filter(~Exists(failed))


def by_program(
    judge: Judge, pairs: Iterator[Pair], outcome: Outcome, should_stop: ShouldStop, seed: int
) -> Generator[list[Verdict], None, None]:
    while chunk := list(islice(pairs, CHUNK)):
        if should_stop():
            outcome.stopped = "It was cancelled."
            return
        yield [programs.verdict(judge, pair, seed) for pair in chunk]


def unjudged(pairs: QuerySet[Pair], author: Author) -> QuerySet[Pair]:
    """Without the pairs that have a valid verdict of this judge; failed ones are tried again."""
    given = Judgment.objects.alias(by=unindexed("author")).filter(pair=OuterRef("pk"), by=author.pk)
    done = given.filter(superseded_at=None, state=Judgment.State.VALID)
    whole = pairs.filter(~Exists(done)).select_related("prompt", "left", "right__author")
    return whole.defer("prompt__search", "left__search", "right__search").order_by("pk")


def walk(pairs: QuerySet[Pair]) -> Iterator[Pair]:
    """By the last id seen, so that no cursor stays open while a judge thinks."""
    last = 0
    while chunk := list(pairs.filter(pk__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk
