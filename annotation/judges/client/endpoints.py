"""Where a judge's questions go: the endpoints of its pool, or the one that the environment names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from annotation.judges.client.calls import CallFailed, Fault
from annotation.judges.client.keys import KeyUnreadable, key_of
from annotation.judges.config.description import Judge
from annotation.models import Endpoint

FROM_ENVIRONMENT = "environment"
DEFAULT = "default"


@dataclass(frozen=True)
class Access:
    """An endpoint as it is asked: address, key, and limits a minute where they are known."""

    name: str
    base_url: str
    key: str = field(repr=False)
    in_flight: int
    allow_private: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    batch_share: float = 0.5

    def __str__(self) -> str:
        return "The endpoint" if self.name == FROM_ENVIRONMENT else f"The endpoint {self.name}"

    @property
    def key_from(self) -> str:
        return "OPENAI_API_KEY" if self.name == FROM_ENVIRONMENT else "its key"

    @property
    def address_from(self) -> str:
        return "OPENAI_BASE_URL" if self.name == FROM_ENVIRONMENT else "its address"


def of_pool(pool: str) -> tuple[list[Access], list[str]]:
    """Whom a judge may ask, and why others of the pool cannot be. Raises CallFailed where there is nobody."""
    rows = Endpoint.objects.filter(pool=pool).order_by("pk")
    if not rows and pool == DEFAULT:
        return [from_environment()], []
    there, reasons = opened([row for row in rows if row.is_active and row.is_usable])
    if not there:
        reasons = reasons or [f"The pool {pool!r} has no endpoint that is switched on here. An admin adds one."]
        raise CallFailed(" ".join(reasons), Fault.GONE, stops=True)
    return there, reasons


def fault(judge: Judge) -> str:
    """Why a judge cannot be asked now, and what to do; empty where it can, or where it is a program."""
    if judge.protocol == "program":
        return ""
    try:
        of_pool(judge.endpoint)
    except CallFailed as error:
        return str(error)
    return ""


def faults(judges: Sequence[Judge]) -> dict[str, str]:
    """The fault of each judge by its name: one question for each pool, whose judges can all be asked or none."""
    of_pools = {pool: fault(judge) for pool, judge in {pool_of(judge): judge for judge in judges}.items()}
    return {judge.name: of_pools[pool_of(judge)] for judge in judges}


def pool_of(judge: Judge) -> str:
    """Programs ask nobody."""
    return "" if judge.protocol == "program" else judge.endpoint


def opened(rows: Sequence[Endpoint]) -> tuple[list[Access], list[str]]:
    there, reasons = [], []
    for row in rows:
        try:
            there.append(access(row))
        except KeyUnreadable as error:
            reasons.append(str(error))
    return there, reasons


def access(row: Endpoint) -> Access:
    """Raises KeyUnreadable."""
    return Access(
        name=row.name,
        base_url=row.base_url,
        key=key_of(row),
        in_flight=row.in_flight,
        allow_private=row.allow_private,
        requests_per_minute=row.requests_per_minute,
        tokens_per_minute=row.tokens_per_minute,
        batch_share=row.batch_share,
    )


def from_environment() -> Access:
    """Chosen by whoever runs the machine, so it may lie anywhere. Raises CallFailed without a key."""
    if not settings.OPENAI_API_KEY:
        says = "No key for the judge's endpoint: set OPENAI_API_KEY and start the studio again."
        raise CallFailed(says, Fault.KEY, stops=True)
    return Access(
        name=FROM_ENVIRONMENT,
        base_url=settings.OPENAI_BASE_URL,
        key=settings.OPENAI_API_KEY,
        in_flight=settings.OPENAI_IN_FLIGHT,
        allow_private=True,
    )
