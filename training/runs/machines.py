"""The machines that take runs: what each has, which runs fit it, and for which run it keeps its GPUs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from studio.gpus import Gpu
from studio.words import counted
from training.models import Run, Worker
from training.models.workers import SILENT_AFTER
from training.runs.kinds import KINDS, Queue
from training.worker import packages

# So long those behind a run may take GPUs that it waits for; then a machine keeps them for it.
PASSED_FOR = timedelta(hours=1)
BYTES_A_MIB = 2**20


@dataclass(frozen=True)
class Machine:
    """A worker of the queue of programs, with what its machine has. `slots` are the runs that it takes at once."""

    name: str
    gpus: tuple[Gpu, ...] = ()
    slots: int = 1
    host: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.host or self.name


def alive() -> list[Machine]:
    """Those that are there and take runs with programs."""
    seen = Worker.objects.filter(last_seen_at__gt=timezone.now() - SILENT_AFTER, queue__contains=Queue.GPU)
    return [of_worker(worker) for worker in seen.order_by("name")]


def of_worker(worker: Worker) -> Machine:
    found = worker.details
    return Machine(
        worker.name, tuple(map(gpu_of, worker.gpus)), worker.slots, str(found.get("host", "")), worker.details
    )


def gpu_of(said: dict[str, Any]) -> Gpu:
    """As a worker announced it."""
    return Gpu(
        int(said.get("index", 0)), str(said["uuid"]), str(said.get("name", "GPU")), int(said.get("memory_mib", 0))
    )


def gigabytes(gpu: Gpu) -> float:
    """Of 10^9 bytes, as cards are sold: one of “80 GB” has a little more."""
    return gpu.memory_mib * BYTES_A_MIB / 1e9


def suiting(run: Run, gpus: Iterable[Gpu]) -> list[Gpu]:
    """Those of which a run may have some, the one to take first in front.

    Programs of several processes cannot talk over slices (MIG), so a slice suits a run of one GPU. What a run needs is
    served by the smallest, so that the large ones stay free; where that is not known, a whole GPU is better.
    """
    wanted = run.gb_wanted
    # A GPU that shares its machine's memory says no figure.
    enough = [gpu for gpu in gpus if not gpu.memory_mib or gigabytes(gpu) >= wanted]
    whole = [gpu for gpu in enough if run.gpus_wanted == 1 or not gpu.is_slice]
    return sorted(whole, key=lambda gpu: (gpu.memory_mib if wanted else gpu.is_slice, gpu.index))


def fits(run: Run, machine: Machine) -> bool:
    """Whether it could ever run there."""
    return has_gpus(run, machine) and not lacks(run, machine)


def has_gpus(run: Run, machine: Machine) -> bool:
    return not run.gpus_wanted or len(suiting(run, machine.gpus)) >= run.gpus_wanted


def lacks(run: Run, machine: Machine) -> str:
    """What is wrong with its packages for this run, in words: one is not there, or two do not go together."""
    versions, chosen = machine.details.get("versions"), run.spec.get("settings", {})
    if not versions or run.kind not in KINDS:
        return ""
    if missing := [name for name in packages.needed(chosen) if name not in versions]:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
    loaded = packages.names(chosen, KINDS[run.kind].has_curves)
    wrong = (one["says"] for one in machine.details.get("conflicts", []) if loaded.issuperset(one["packages"]))
    return next(wrong, "")


def free_for(run: Run, machine: Machine, held: Collection[str]) -> list[Gpu]:
    return [gpu for gpu in suiting(run, machine.gpus) if gpu.uuid not in held]


def keeps_for(run: Run, machines: Sequence[Machine], held: Collection[str]) -> Machine | None:
    """The machine that lets nobody behind this run begin, since too few GPUs were free for it for long: of those where
    it fits the one with the most that are free. As nobody else takes those, they only become more until it begins.
    """
    if timezone.now() - run.waiting_since < PASSED_FOR:
        return None
    fitting = [machine for machine in machines if fits(run, machine)]
    return max(fitting, key=lambda one: (len(free_for(run, one, held)), one.name), default=None)


def nowhere(run: Run, machines: Sequence[Machine]) -> str:
    """Why no machine can ever run it, in words; empty where one can, and where none is there that could say."""
    if not machines or any(fits(run, machine) for machine in machines):
        return ""
    if unfit := next((machine for machine in machines if has_gpus(run, machine)), None):
        extra = 'make run EXTRAS="train gpu" installs versions that go together.'
        return f"No machine has the packages that it needs. On {unfit} {lacks(run, unfit)}: {extra}"
    size = f" of at least {run.gb_wanted:,.0f} GB" if run.gb_wanted else ""
    wanted = f"{counted(run.gpus_wanted, 'GPU')}{size}"
    if not any(machine.gpus for machine in machines):
        return f"No machine has {wanted}: no worker that is on has a GPU."
    largest = max(machines, key=lambda one: (len(suiting(run, one.gpus)), sum(map(gigabytes, one.gpus))))
    return f"No machine has {wanted}. The largest, {largest}, has {listed(largest.gpus)}."


def listed(gpus: Sequence[Gpu]) -> str:
    """`2 × NVIDIA H200 (140 GiB)`."""
    alike: dict[tuple[str, int], int] = {}
    for gpu in gpus:
        alike[gpu.name, gpu.memory_mib] = alike.get((gpu.name, gpu.memory_mib), 0) + 1
    sizes = {memory: f" ({memory / 1024:,.0f} GiB)" if memory else "" for _, memory in alike}
    return ", ".join(f"{many} × {name}{sizes[memory]}" for (name, memory), many in alike.items())
