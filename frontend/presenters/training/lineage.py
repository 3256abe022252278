"""What a checkpoint was trained on, back to prompts and people: runs, versions between them, and whose they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annotation.models import Version
from training.models import Checkpoint, Run, RunVersion
from training.runs.sources import sources

# A chain of recipes may be as long as one likes; what lies further back stands on the pages of its runs.
DEEPEST = 8
INDENTS = 5


@dataclass
class Origin:
    """A step on the way back: a version, or a run with the checkpoint that it starts from.

    `role` is what it is to the step before it, such as `scores`; `depth` is the number of steps to the checkpoint.
    """

    role: str
    depth: int
    version: Version | None = None
    run: Run | None = None

    @property
    def words(self) -> str:
        return self.role.replace("_", " ")

    @property
    def indent(self) -> int:
        """The screen is narrow, and a chain may be long."""
        return min(self.depth, INDENTS)

    @property
    def checkpoint(self) -> Checkpoint | None:
        return self.run.checkpoint if self.run else None


@dataclass
class Reading:
    """What runs read and what made the versions that they read, gathered for a layer of runs at a time."""

    inputs: dict[int, list[RunVersion]] = field(default_factory=dict)
    made_by: dict[int, Run] = field(default_factory=dict)
    files: dict[int, list[Origin]] = field(default_factory=dict)


def origins(checkpoint: Checkpoint) -> list[Origin]:
    """In the order in which they are read as an outline; empty of a checkpoint that no run of this project made."""
    if checkpoint.run is None:
        return []
    reading = read([checkpoint.run])
    return list(steps(checkpoint.run, reading, 0, set()))


def read(first: Iterable[Run]) -> Reading:
    """Layer by layer, three queries for each: runs that a layer leads to are the next one."""
    reading, layer, seen = Reading(), list(first), set[int]()
    for _ in range(DEEPEST):
        layer = [run for run in layer if run.pk not in seen]
        if not layer:
            break
        seen |= {run.pk for run in layer}
        layer = list(further(layer, reading))
    return reading


def further(layer: list[Run], reading: Reading) -> Iterator[Run]:
    links = RunVersion.objects.filter(run__in=layer, role=RunVersion.Role.INPUT)
    for link in links.select_related("version__project").order_by("pk"):
        reading.inputs.setdefault(link.run_id, []).append(link)
    versions = {link.version_id for run in layer for link in reading.inputs.get(run.pk, [])}
    makers = RunVersion.objects.filter(version__in=versions, role=RunVersion.Role.OUTPUT)
    for made in makers.select_related("run__checkpoint"):
        reading.made_by[made.version_id] = made.run
        yield made.run
    for pk, found in sources(layer).items():
        reading.files[pk] = [Origin(source.role, 0, run=source.run) for source in found]
        yield from (source.run for source in found)


def steps(run: Run, reading: Reading, depth: int, told: set[int]) -> Iterator[Origin]:
    """What a run reads, each with what lies behind it; what was told once is not told again."""
    told.add(run.pk)
    for link in reading.inputs.get(run.pk, []):
        yield Origin(link.name, depth, version=link.version)
        if (maker := reading.made_by.get(link.version_id)) and maker.pk not in told:
            yield Origin("made by", depth + 1, run=maker)
            yield from steps(maker, reading, depth + 2, told)
    for source in reading.files.get(run.pk, []):
        assert source.run
        yield Origin(source.role, depth, run=source.run)
        if source.run.pk not in told:
            yield from steps(source.run, reading, depth + 1, told)
