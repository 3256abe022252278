"""Classical benchmarks as a table: only results of the same task, version, shots and form of asking share a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from training.models import Checkpoint, TaskResult

# 95 % of a normal distribution lie within so many standard errors.
WITHIN = 1.96
SHOWN = 8


class Asked(NamedTuple):
    """What two results must share to compare."""

    part_of: str
    task: str
    version: str
    num_fewshot: int | None
    chat: bool
    limit: int
    metric: str


@dataclass(frozen=True)
class Cell:
    """A share in [0, 1] with its 95 % interval."""

    result: TaskResult

    @property
    def low(self) -> float | None:
        return self.end(-WITHIN)

    @property
    def high(self) -> float | None:
        return self.end(WITHIN)

    def end(self, errors: float) -> float | None:
        error = self.result.standard_error
        return None if error is None else min(max(self.result.value + errors * error, 0.0), 1.0)


@dataclass(frozen=True)
class Table:
    checkpoints: list[Checkpoint]
    rows: list[tuple[Asked, list[Cell | None]]]


def table(results: Iterable[TaskResult]) -> Table | None:
    """The newest result of each checkpoint in each row; the newest checkpoints first. None where there is nothing."""
    checkpoints: dict[int, Checkpoint] = {}
    cells: dict[Asked, dict[int, Cell]] = {}
    for result in results:
        checkpoints.setdefault(result.checkpoint_id, result.checkpoint)
        cells.setdefault(asked(result), {}).setdefault(result.checkpoint_id, Cell(result))
    if not cells:
        return None
    shown = list(checkpoints.values())[:SHOWN]
    ordered = sorted(cells, key=lambda row: (row.part_of or row.task, bool(row.part_of), *map(str, row)))
    return Table(shown, [(row, [cells[row].get(one.pk) for one in shown]) for row in ordered])


def asked(result: TaskResult) -> Asked:
    return Asked(*(getattr(result, name) for name in Asked._fields))
