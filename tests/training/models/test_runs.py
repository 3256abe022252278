"""What the database refuses of runs, and what a row says of its time and progress."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Version
from training.models import Run, RunVersion

MakeRun = Callable[..., Run]


def test_a_running_run_has_a_lease_and_a_claim_and_a_recipe_needs_none(make_run: MakeRun) -> None:
    make_run(kind="recipe", state="running")
    for lease in ({}, {"leased_until": timezone.now()}):
        with pytest.raises(IntegrityError, match="run_running_has_lease"), transaction.atomic():
            make_run(state="running", **lease)


def test_a_recipe_has_each_stage_once_and_runs_without_a_stage_are_free(make_run: MakeRun) -> None:
    parent = make_run(kind="recipe")
    make_run(parent=parent, stage="sft")
    make_run(parent=parent)
    make_run(parent=parent)
    with pytest.raises(IntegrityError, match="run_stage_once"), transaction.atomic():
        make_run(parent=parent, stage="sft")


def test_a_run_reads_one_version_under_a_name(make_run: MakeRun, corpus: Version) -> None:
    run = make_run()
    RunVersion.objects.create(run=run, version=corpus, role="input", name="train")
    RunVersion.objects.create(run=run, version=corpus, role="output", name="train")
    with pytest.raises(IntegrityError, match="run_version_once"), transaction.atomic():
        RunVersion.objects.create(run=run, version=corpus, role="input", name="train")


@pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0.0), (1, 4, 0.25), (9, 4, 1.0)])
def test_no_more_than_all_of_it_is_done(done: int, total: int, share: float) -> None:
    assert Run(done=done, total=total).share_done == share


def test_only_the_time_in_which_it_worked_counts() -> None:
    hour = timedelta(hours=1)
    began = timezone.now() - 5 * hour
    assert Run().duration is None
    assert Run(started_at=began, worked_seconds=60.0).duration == timedelta(minutes=1)
    working = Run(started_at=began, worked_seconds=60.0, working_since=timezone.now() - hour).duration
    assert working and timedelta(minutes=61) <= working < timedelta(minutes=62)


def test_a_clock_that_went_back_gives_no_time_below_nought() -> None:
    ahead = timezone.now() + timedelta(hours=1)
    assert Run(started_at=ahead, working_since=ahead).duration == timedelta()
