"""Curves for other programs: the same points as in the run's own file."""

from pathlib import Path

import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, make
from training.jobs.trackers import trackers
from training.specs import Sft


def test_what_writes_curves_is_told_and_nothing_goes_to_the_hub(tmp_path: Path) -> None:
    run = make(tmp_path / "7", "sft", base="/models/none")
    assert trackers(Sft(), run) == {"report_to": "none"}
    given = trackers(Sft(trackers=("tensorboard", "trackio")), run)
    assert (given["report_to"], given["run_name"]) == (["tensorboard", "trackio"], "7")
    assert given["trackio_static_space_id"] is False


def test_tensorboard_reads_the_curves_of_the_run(do: Run, base: str) -> None:
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="not installed")
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, trackers=["tensorboard"])
    read = loading.EventAccumulator(str(run.path / "tensorboard")).Reload()
    told = [(point.step, point.value) for point in read.Scalars("train/loss")]
    own = [(row["step"], row["loss"]) for row in run.read_metrics()[0] if "loss" in row]
    assert len(own) == 4 and [step for step, _ in told] == [step for step, _ in own]
    assert [loss for _, loss in told] == pytest.approx([loss for _, loss in own])
