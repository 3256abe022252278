"""When runs that wait can begin, as far as those at work say how long they still take."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

from training.models import Run
from training.runs import machines
from training.runs.machines import Machine


class Place:
    """A machine with the seconds until each of its GPUs and of its places is free; infinity where nobody says."""

    def __init__(self, machine: Machine, running: Sequence[Run]) -> None:
        self.machine = machine
        left = {uuid: seconds_left(run) for run in running for uuid in run.gpu_uuids}
        self.gpus = {gpu.uuid: left.get(gpu.uuid, 0.0) for gpu in machine.gpus}
        at_work = [seconds_left(run) for run in running if run.worker == machine.name]
        self.slots = sorted(at_work + [0.0] * max(machine.slots - len(at_work), 0))

    def chosen(self, run: Run) -> list[str]:
        """The GPUs that are free first, of those that it may have."""
        suiting = [gpu.uuid for gpu in machines.suiting(run, self.machine.gpus)]
        return sorted(suiting, key=self.gpus.__getitem__)[: run.gpus_wanted]

    def begins(self, run: Run) -> float:
        return max([self.slots[0], *(self.gpus[uuid] for uuid in self.chosen(run))])

    def give(self, run: Run) -> None:
        """How long it will take nobody knows yet."""
        self.gpus |= dict.fromkeys(self.chosen(run), inf)
        self.slots = [*self.slots[1:], inf]


def seconds_left(run: Run) -> float:
    return inf if run.eta_seconds is None else run.eta_seconds


def expected(order: Sequence[Run], known: Sequence[Machine], running: Sequence[Run]) -> Mapping[int, float]:
    """Seconds until each of the runs in this order begins, by id; one of which that cannot be said is left out."""
    places = [Place(machine, running) for machine in known if machine.slots > 0]
    found = {}
    for run in order:
        fitting = [place for place in places if machines.fits(run, place.machine)]
        if fitting:
            first = min(fitting, key=lambda place: place.begins(run))
            found[run.pk] = first.begins(run)
            first.give(run)
    return {pk: seconds for pk, seconds in found.items() if isfinite(seconds)}
