"""Classical benchmarks as a table: only results of the same task, version, shots and form of asking share a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from annotation.statistics.intervals import Sums, clustered_rate
from training.models import Checkpoint, TaskResult

SHOWN = 8


class TaskConditions(NamedTuple):
    """What two results must share to compare."""

    part_of: str
    task: str
    version: str
    num_fewshot: int | None
    chat: bool
    limit: int
    metric: str


@dataclass(frozen=True)
class TaskCell:
    """A share in [0, 1] with its 95 % interval."""

    result: TaskResult

    @cached_property
    def ends(self) -> tuple[float | None, float | None]:
        """From the harness's standard error; of a metric that is no share nothing is known."""
        value, error, n = self.result.value, self.result.standard_error, self.result.n
        if error is None or not n or not 0 <= value <= 1:
            return None, None
        found = clustered_rate(Sums.of_mean(value, error, n))
        return found.low, found.high

    @property
    def low(self) -> float | None:
        return self.ends[0]

    @property
    def high(self) -> float | None:
        return self.ends[1]


@dataclass(frozen=True)
class TaskTable:
    checkpoints: list[Checkpoint]
    rows: list[tuple[TaskConditions, list[TaskCell | None]]]


def table(results: Iterable[TaskResult]) -> TaskTable | None:
    """The newest result of each checkpoint in each row; the newest checkpoints first. None where there is nothing."""
    checkpoints: dict[int, Checkpoint] = {}
    cells: dict[TaskConditions, dict[int, TaskCell]] = {}
    for result in results:
        checkpoints.setdefault(result.checkpoint_id, result.checkpoint)
        cells.setdefault(asked(result), {}).setdefault(result.checkpoint_id, TaskCell(result))
    if not cells:
        return None
    shown = list(checkpoints.values())[:SHOWN]
    ordered = sorted(cells, key=lambda row: (row.part_of or row.task, bool(row.part_of), *map(str, row)))
    return TaskTable(shown, [(row, [cells[row].get(one.pk) for one in shown]) for row in ordered])


def measured(results: Iterable[TaskResult]) -> list[tuple[TaskResult, list[TaskCell]]]:
    """Each result with all of its metrics, not the main one alone."""
    return [(result, [metric(result, **told) for told in result.metrics] or [TaskCell(result)]) for result in results]


def metric(result: TaskResult, name: str, filter: str, value: float, standard_error: float | None) -> TaskCell:
    """One metric of a result, of all its items. `filter` says what the harness kept of an answer, such as `none`."""
    kept = "" if filter == "none" else f", {filter}"
    told = {"metric": f"{name}{kept}", "value": value, "standard_error": standard_error}
    return TaskCell(TaskResult(n=result.n, task=result.task, **told))


def asked(result: TaskResult) -> TaskConditions:
    return TaskConditions(*(getattr(result, name) for name in TaskConditions._fields))
