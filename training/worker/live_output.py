"""What a program writes while it runs, carried into the database as it appears."""

import msgspec
from django.db import InterfaceError, OperationalError, connection

from training.models import Metric
from training.rundir import Logged, ProgramProgress, RunDir
from training.worker import transitions
from training.worker.transitions import Claim


class Tail:
    """Reads `metrics.jsonl` from where it stopped, and `progress.json` where it changed; keeps `log.txt` small.

    Rows go in by upsert, so a tail that starts at the beginning again changes nothing.
    """

    def __init__(self, held: Claim, directory: RunDir) -> None:
        self.held = held
        self.directory = directory
        self.offset = 0
        self.seen: ProgramProgress | None = None

    def read(self) -> None:
        """PostgreSQL may be away for a while: what was not written now is written the next time."""
        self.directory.log.cut()
        try:
            self.read_metrics()
            self.read_progress()
        except (OperationalError, InterfaceError):
            connection.close()

    def read_metrics(self) -> None:
        logged, offset = self.directory.read_metrics(self.offset)
        record_metrics(self.held.run_id, logged)
        self.offset = offset

    def read_progress(self) -> None:
        found = self.directory.read_progress()
        if found and found != self.seen:
            transitions.report(self.held, **msgspec.structs.asdict(found))
            self.seen = found


def record_metrics(run_id: int, logged: list[Logged]) -> None:
    # A step that was logged twice, as after a resume, has its last value.
    values = {(name, int(line["step"])): value for line in logged for name, value in line.items() if name != "step"}
    rows = [Metric(run_id=run_id, name=name, step=step, value=value) for (name, step), value in values.items()]
    if rows:
        Metric.objects.bulk_create(
            rows,
            batch_size=5_000,
            update_conflicts=True,
            unique_fields=["run", "name", "step"],
            update_fields=["value"],
        )
