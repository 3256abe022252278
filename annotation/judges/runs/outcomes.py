"""What became of the pairs that a judge was given, over all attempts of the run that gave them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from annotation.models import Author, JudgeCall, Judgment, Pair
from annotation.review.judgments import Verdict


@dataclass(frozen=True)
class Purpose:
    """What a judge is asked for, such as `run 12`, which began at `since`; with a budget in US dollars or without.

    In a `batch` it is answered within a day, at a lower price.
    """

    asked_for: str = ""
    since: datetime | None = None
    budget: float | None = None
    batch: bool = False


UNNAMED = Purpose()


@dataclass
class EndpointShare:
    """What one endpoint did: answers, what they cost in US dollars, and their latencies in seconds, summed."""

    calls: int = 0
    price: float = 0.0
    seconds: float = 0.0


@dataclass
class Outcome:
    """Counts of pairs and of calls, and what they cost: `price` in US dollars. `stopped` says why it ended early;
    it was `out_of_month` where the project's limit, and not the run's own budget, is spent.

    `already` had a verdict before. `alike` are pairs of identical texts, which need no call. `calls` were answered and
    paid for; `unparsed` of them cannot be read, and `unanswered` came to nothing besides. `unheard` were asked by a
    process that died before it heard the answer: they are asked again, and paid for twice if they had been answered.
    `deleted` pairs are gone since the judge began with them: what was answered about them is paid for and not kept.
    """

    pairs: int = 0
    already: int = 0
    judged: int = 0
    failed: int = 0
    inconsistent: int = 0
    deleted: int = 0
    alike: int = 0
    calls: int = 0
    cached: int = 0
    unparsed: int = 0
    unanswered: int = 0
    unheard: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    price: float = 0.0
    endpoints: dict[str, EndpointShare] = field(default_factory=dict)
    stopped: str = ""
    out_of_budget: bool = False
    out_of_month: bool = False

    @property
    def done(self) -> int:
        return self.already + self.judged + self.failed + self.deleted

    def count(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self.judged += not verdict.error
            self.failed += bool(verdict.error)
            self.inconsistent += verdict.consistent is False

    def add(self, call: JudgeCall) -> None:
        self.calls += 1
        self.unparsed += bool(call.error)
        self.tokens_in += call.tokens_in
        self.tokens_out += call.tokens_out
        self.price += call.price
        share = self.endpoints.setdefault(call.endpoint, EndpointShare())
        share.calls += 1
        share.price += call.price
        share.seconds += call.latency


def so_far(author: Author, pairs: QuerySet[Pair], purpose: Purpose) -> Outcome:
    """What earlier attempts at the same purpose did, by what they stored: a worker that was killed reports nothing."""
    outcome = Outcome()
    if not purpose.asked_for:
        return outcome
    asked = JudgeCall.objects.filter(asked_for=purpose.asked_for)
    answered, wrong = ~Q(model=""), ~Q(error="")
    counts = {
        "calls": Count("pk", answered),
        "unparsed": Count("pk", answered & wrong),
        "unanswered": Count("pk", ~answered),
    }
    sums = {name: Sum(name, default=0) for name in ("tokens_in", "tokens_out", "price")}
    for name, value in asked.aggregate(**counts, **sums).items():
        setattr(outcome, name, value)
    shares = asked.filter(answered).values_list("endpoint").annotate(Count("pk"), Sum("price"), Sum("latency"))
    outcome.endpoints = {endpoint: EndpointShare(*share) for endpoint, *share in shares}
    made = Judgment.objects.filter(author=author, superseded_at=None, created_at__gte=purpose.since, pair__in=pairs)
    counted = made.aggregate(
        judged=Count("pk", Q(state=Judgment.State.VALID)), inconsistent=Count("pk", Q(consistent=False))
    )
    outcome.judged, outcome.inconsistent = counted["judged"], counted["inconsistent"]
    outcome.failed = made.filter(Exists(unread(purpose))).count()
    return outcome


def unread(purpose: Purpose) -> QuerySet[JudgeCall]:
    """Answers beneath the outer judgment that this purpose paid for and nobody can read: they wait for a person."""
    calls = JudgeCall.objects.filter(judgment=OuterRef("pk"), asked_for=purpose.asked_for)
    return calls.exclude(error="").exclude(model="")
