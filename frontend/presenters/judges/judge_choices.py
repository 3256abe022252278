"""The judges that a form offers as cards: what each does, its model, its price, how far people agree, its key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models.fields.json import KeyTransform

from annotation.judges.client import endpoints
from annotation.judges.client.calls import CallFailed
from annotation.judges.config.registry import Judge, Price
from annotation.models import Author
from studio.words import dollars

PROPOSED = "xwin_pair"


@dataclass(frozen=True)
class JudgeChoice:
    """`agrees` is the rate of its card, None where it was never compared with people; `fault` why it cannot be asked.

    A published judge has the name of its source before its own.
    """

    judge: Judge
    agrees: dict[str, Any] | None
    fault: str

    @property
    def is_published(self) -> bool:
        return "/" in self.judge.name

    @property
    def price(self) -> str:
        if self.judge.protocol == "program":
            return "free: a program of the studio"
        if self.judge.price == Price():
            return "no price known"
        return f"{dollars(self.judge.price.input)} in, {dollars(self.judge.price.output)} out for a million tokens"


@dataclass(frozen=True)
class PoolAccess:
    """Where questions of the usual judges go, or why they go nowhere."""

    hosts: list[str]
    in_flight: int
    fault: str


def choices(judges: Sequence[Judge]) -> list[JudgeChoice]:
    """The proposed one first, then those that can be asked, then by name; published ones last."""
    faults = {pool: endpoints.fault(judge) for pool, judge in {by_pool(judge): judge for judge in judges}.items()}
    agreement = KeyTransform("with_ties", KeyTransform("people", KeyTransform("agreement", "card__figures")))
    authors = Author.objects.filter(kind=Author.Kind.JUDGE, name__in=[judge.author_name for judge in judges])
    agrees = dict(authors.annotate(agrees=agreement).values_list("name", "agrees"))
    found = [JudgeChoice(judge, agrees.get(judge.author_name), faults[by_pool(judge)]) for judge in judges]
    return sorted(
        found, key=lambda one: (one.is_published, one.judge.name != PROPOSED, bool(one.fault), one.judge.name)
    )


def by_pool(judge: Judge) -> str:
    """Judges of one pool can all be asked or none; programs ask nobody."""
    return "" if judge.protocol == "program" else judge.endpoint


def access() -> PoolAccess:
    try:
        there, _ = endpoints.of_pool(endpoints.DEFAULT)
    except CallFailed as error:
        return PoolAccess([], 0, str(error))
    hosts = sorted({urlsplit(one.base_url).netloc for one in there})
    return PoolAccess(hosts, sum(one.in_flight for one in there), "")
