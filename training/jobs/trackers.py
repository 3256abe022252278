"""The curves of a run in files of other programs, beside its own: TensorBoard's events, trackio's database."""

import os
from typing import Any

from training.rundir import RunDir
from training.specs import Training


def trackers(spec: Training, run: RunDir) -> dict[str, Any]:
    """Keyword arguments for any of TRL's configurations; where to write is said by the environment."""
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(run.path / "tensorboard")
    os.environ["TRACKIO_DIR"] = str(run.path / "trackio")
    if not spec.trackers:
        return {"report_to": "none"}
    # Nothing is sent to a space of the hub.
    return {"report_to": list(spec.trackers), "run_name": run.path.name, "trackio_static_space_id": False}
