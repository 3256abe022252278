"""The judges that a form offers: as cards, with what each does and costs and how far people agree; or as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTransform

from annotation import turns
from annotation.judges.client import endpoints
from annotation.judges.client.calls import CallFailed
from annotation.judges.config.registry import Judge, Price
from annotation.models import Author, Judgment, ProjectDefaults, Score
from studio.words import counted, dollars_as_written
from training.models import Run

USUAL = "xwin_pair"


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
        price = self.judge.price
        return f"{dollars_as_written(price.input)} in, {dollars_as_written(price.output)} out for a million tokens"


@dataclass(frozen=True)
class PoolAccess:
    """Where questions of the usual judges go, or why they go nowhere."""

    hosts: list[str]
    in_flight: int
    fault: str


class Proposed(NamedTuple):
    """The judge that a form begins with, and why."""

    name: str
    says: str


def proposed() -> Proposed:
    """The default of the project, else the paper's own."""
    default = ProjectDefaults.here().judge
    return Proposed(default, "default of this project") if default else Proposed(USUAL, "proposed")


def choices(judges: Sequence[Judge]) -> list[JudgeChoice]:
    """The proposed one first, then those that can be asked, then by name; published ones last."""
    faults = endpoints.faults(judges)
    agreement = KeyTransform("with_ties", KeyTransform("people", KeyTransform("agreement", "card__figures")))
    authors = Author.objects.filter(kind=Author.Kind.JUDGE, name__in=[judge.author_name for judge in judges])
    agrees = dict(authors.annotate(agrees=agreement).values_list("name", "agrees"))
    found = [JudgeChoice(judge, agrees.get(judge.author_name), faults[judge.name]) for judge in judges]
    first = proposed().name
    return sorted(found, key=lambda one: (one.is_published, one.judge.name != first, bool(one.fault), one.judge.name))


def access() -> PoolAccess:
    try:
        there, _ = endpoints.of_pool(endpoints.DEFAULT)
    except CallFailed as error:
        return PoolAccess([], 0, str(error))
    hosts = sorted({urlsplit(one.base_url).netloc for one in there})
    return PoolAccess(hosts, sum(one.in_flight for one in there), "")


class Offered(NamedTuple):
    """The names of a list. `lacking`: why it has fewer than the library, and what makes it longer; else empty."""

    names: list[str]
    lacking: str


def offered(judges: Sequence[Judge], kind: str, chosen: str) -> Offered:
    """Names that a run of `kind` can name: cards say which judges cannot be asked and why, a list has only others.

    One that was `chosen` all the same stays, so that its fault stands at it. A benchmark can also rest on verdicts
    that are there.
    """
    if kind == Run.Kind.JUDGE:
        return Offered([judge.name for judge in judges], "")
    faults, measures = endpoints.faults(judges), kind == Run.Kind.BENCHMARK
    known = with_verdicts() if measures else set()
    can = [one for one in judges if not faults[one.name] or one.name == chosen or one.author_name in known]
    names = [judge.name for judge in can] + (imported() if measures else [])
    others = [judge.name for judge in judges if judge.name not in names]
    reasons = " ".join(dict.fromkeys(faults[name] for name in others))
    return Offered(names, f" {counted(len(others), 'other judge')} cannot be asked now. {reasons}" if others else "")


def imported() -> list[str]:
    """Judges that cannot be asked and whose verdicts are there."""
    found = Author.objects.filter(kind=Author.Kind.JUDGE).exclude(details__has_key="judge")
    return list(found.order_by("name").values_list("name", flat=True))


def with_verdicts() -> set[str]:
    """Names of judges that have judged or rated something; of one turn alone as well."""
    judged, rated = Judgment.objects.filter(author=OuterRef("pk")), Score.objects.filter(author=OuterRef("pk"))
    found = Author.objects.filter(Exists(judged) | Exists(rated), kind=Author.Kind.JUDGE)
    return {turns.of_all_turns(name) for name in found.values_list("name", flat=True)}
