"""The machines of the team: what each has and does, and what waits for them. Of other projects no name is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from studio.words import counted
from training.models import Run, Worker
from training.runs import machines, queue_order, waiting
from training.runs.kinds import Queue
from training.runs.machines import gpu_of

# A machine that was not seen for so long is none of the team's any more.
GONE_AFTER = timedelta(days=1)
# What people ask about when a run fails here and not there.
VERSIONS = ("torch", "transformers", "trl", "vllm", "deepspeed")


@dataclass(frozen=True)
class AtWork:
    """A running run as the page names it: without a name and a link where it is another project's."""

    words: str
    id: int | None
    by: str
    since: datetime | None
    left: float | None


@dataclass(frozen=True)
class Card:
    """A GPU or a slice of one. `used` and `size` are GiB, `busy` per cent; None where the driver does not say."""

    place: str
    name: str
    size: float
    used: float | None
    busy: int | None
    run: AtWork | None


@dataclass(frozen=True)
class ShownMachine:
    name: str
    is_alive: bool
    last_seen_at: datetime
    has: str
    slots: int
    versions: str
    cards: list[Card]
    others: list[AtWork]

    @property
    def free(self) -> int:
        return sum(card.run is None for card in self.cards)


def page() -> dict[str, Any]:
    """All that the page shows; its queries do not grow with machines or runs."""
    running, known = waiting.at_work(), machines.alive()
    shown = [machine(worker, running) for worker in workers()]
    queue = waiting.in_queue(known, running)
    waits = queue_order.count(Queue.GPU) if len(queue) == waiting.SHOWN else len(queue)
    return {
        "machines": shown,
        "queue": [(row, asked_by(row.run)) for row in queue],
        "unshown": waits - len(queue),
        "says": summary([one for one in shown if one.is_alive], waits),
        "rules": queue_order.RULES,
        "has_gpus": any(one.cards for one in shown),
    }


def workers() -> list[Worker]:
    """Those that take runs with programs and that were seen lately."""
    seen = Worker.objects.filter(queue__contains=Queue.GPU, last_seen_at__gt=timezone.now() - GONE_AFTER)
    return list(seen.order_by("name"))


def summary(shown: Sequence[ShownMachine], waits: int) -> str:
    parts = [counted(len(shown), "machine")]
    if gpus := sum(len(one.cards) for one in shown):
        parts.append(f"{counted(gpus, 'GPU')}, {sum(one.free for one in shown)} free")
    parts.append(f"{counted(waits, 'run')} {'waits' if waits == 1 else 'wait'}")
    return " · ".join(parts)


def machine(worker: Worker, running: Sequence[Run]) -> ShownMachine:
    has, here = worker.details, [run for run in running if run.worker == worker.name]
    holders = waiting.holders(running)
    cards = [card(gpu, has.get("usage", {}).get(gpu["uuid"], {}), holders) for gpu in worker.gpus]
    found = {name: has.get("versions", {}).get(name) for name in VERSIONS}
    versions = [f"{name} {version}" for name, version in found.items() if version]
    return ShownMachine(
        name=str(has.get("host") or worker.name),
        is_alive=worker.is_alive,
        last_seen_at=worker.last_seen_at,
        has=f"{has.get('cores', '?')} cores, {has.get('memory_gib', '?')} GiB of memory",
        slots=worker.slots,
        versions=" · ".join([*([f"Python {has['python']}"] if "python" in has else []), *versions]),
        cards=cards,
        others=[at_work(run) for run in here if not run.gpu_uuids],
    )


def card(gpu: dict[str, Any], usage: Mapping[str, Any], holders: Mapping[str, Run]) -> Card:
    found, used = gpu_of(gpu), usage.get("used_mib")
    return Card(
        place=str(found.index),
        name=found.name,
        size=found.memory_mib / 1024,
        used=None if used is None else used / 1024,
        busy=usage.get("utilization"),
        run=at_work(holders[found.uuid]) if found.uuid in holders else None,
    )


def at_work(run: Run) -> AtWork:
    is_here = waiting.is_here(run)
    return AtWork(
        words=run.name if is_here else "A run of another project",
        id=run.pk if is_here else None,
        by=asked_by(run),
        since=run.working_since,
        left=run.eta_seconds,
    )


def asked_by(run: Run) -> str:
    """Empty for one of another project too."""
    return run.requested_by.username if run.requested_by and waiting.is_here(run) else ""
