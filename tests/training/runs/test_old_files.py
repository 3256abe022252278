"""Which files of ended runs go, and that what they made stays."""

import shutil
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio import dates
from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Checkpoint, Run
from training.runs import launching, old_files
from training.runs.forms import FormInvalid
from training.worker import transitions

pytestmark = pytest.mark.django_db
Make = Callable[..., Run]
GOES = {"log.txt": 10, "data/train.jsonl": 20, "checkpoints/checkpoint-5/model.safetensors": 30}
STAYS = {"spec.json", "result.json", "metrics.jsonl", "output/model.safetensors", "output/greedy.jsonl"}


def filled(run: Run) -> Run:
    for name in (*GOES, *STAYS):
        path = run.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * GOES.get(name, 1))
    return run


def found(run: Run) -> set[str]:
    return {path.relative_to(run.directory).as_posix() for path in run.directory.rglob("*") if path.is_file()}


def old(make: Make, state: str = "succeeded", days: int = 20, **fields: object) -> Run:
    ended = None if state in Run.OPEN else timezone.now() - timedelta(days=days)
    return filled(make(state=state, kind="sample", ended_at=ended, **fields))


def erased() -> list[int]:
    return [run.pk for run in old_files.old(timezone.now() - timedelta(days=10)) if old_files.erase(run) is not None]


@pytest.mark.parametrize("state", Run.ENDED)
def test_log_input_and_checkpoints_on_the_way_go_and_results_stay(make_run: Make, state: str) -> None:
    run = old(make_run, state)
    assert erased() == [run.pk] and erased() == []
    run.refresh_from_db()
    assert (found(run), run.files_erased_bytes) == (STAYS, 60)


def test_open_runs_younger_ones_and_stages_of_open_recipes_keep_all(make_run: Make) -> None:
    recipe = make_run(kind="recipe", state="running")
    kept = [old(make_run, "queued"), old(make_run, days=9), old(make_run, "failed", parent=recipe, stage="sft")]
    assert erased() == []
    assert all(found(run) == STAYS | GOES.keys() for run in kept)


def test_another_project_is_not_touched(make_run: Make) -> None:
    run = old(make_run)
    with inside(Project.objects.create(slug="other", name="Other").pk):
        assert erased() == []
    assert found(run) == STAYS | GOES.keys()


def test_a_run_without_such_files_can_be_resumed_as_before(make_run: Make) -> None:
    run = old(make_run, "failed")
    for name in ("data", "checkpoints"):
        shutil.rmtree(run.directory / name)
    (run.directory / "log.txt").unlink()
    assert erased() == [] and transitions.resume(run.pk)


def test_a_run_that_had_no_such_files_is_looked_at_again_once_it_was_resumed(make_run: Make) -> None:
    run = old(make_run, "failed")
    shutil.rmtree(run.directory)
    until = timezone.now() - timedelta(days=10)
    assert old_files.erase(run) is None and not old_files.ended(until).exists()
    transitions.resume(run.pk)
    Run.objects.update(state="failed", ended_at=timezone.now() - timedelta(days=20))
    filled(run)
    assert erased() == [run.pk]


def test_paths_of_checkpoints_are_read_once_for_all_runs(make_run: Make) -> None:
    for _ in range(3):
        old(make_run)
    with CaptureQueriesContext(connection) as captured:
        assert len(old_files.old(timezone.now() - timedelta(days=10))) == 3
    assert sum("training_checkpoint" in query["sql"] for query in captured) == 1


def test_weights_that_somebody_registered_on_the_way_stay(
    make_run: Make, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    run = old(make_run)
    with inside(Project.objects.create(slug="other", name="Other").pk):
        registered = make_checkpoint()
        registered.path = str(run.directory / "checkpoints/checkpoint-5")
        registered.save()
    assert erased() == [run.pk]
    assert found(run) == STAYS | {"checkpoints/checkpoint-5/model.safetensors"}


def test_a_link_goes_and_not_what_it_leads_to(make_run: Make, tmp_path: Path) -> None:
    run = old(make_run)
    shutil.rmtree(run.directory / "data")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/file").touch()
    (run.directory / "data").symlink_to(tmp_path / "theirs")
    assert erased() == [run.pk]
    assert (tmp_path / "theirs/file").exists() and not (run.directory / "data").is_symlink()


def test_what_is_erased_cannot_be_resumed_and_says_why(make_run: Make) -> None:
    recipe = make_run(kind="recipe", state="failed", spec={"settings": {}}, name="The recipe")
    run = old(make_run, "failed", spec={"settings": {}}, parent=recipe, stage="sft", name="The stage")
    erased()
    for one in (run, recipe):
        one.refresh_from_db()
        with pytest.raises(FormInvalid, match=r"of “The stage” were erased on .* launch it anew"):
            launching.resume(one)
    assert not run.is_resumable and not transitions.resume(run.pk)


def test_the_day_of_erasing_is_written_as_somebody_chose(make_run: Make) -> None:
    run = make_run(state="failed", files_erased_at=datetime(2026, 11, 12, 2, tzinfo=UTC))
    found = copy_context()
    found.run(dates.chosen.set, "iso")
    assert " were erased on 2026-11-12." in found.run(launching.erased_errors, run)["files"]


def test_a_run_that_was_resumed_meanwhile_keeps_its_files(make_run: Make) -> None:
    run = old(make_run, "failed")
    stale = Run.objects.get()
    transitions.resume(run.pk)
    assert old_files.erase(stale) is None and found(run) == STAYS | GOES.keys()


def test_an_interruption_leaves_the_rest_for_another_night(make_run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = old(make_run, "failed")

    def breaks(path: Path) -> int:
        raise PermissionError(path)

    with monkeypatch.context() as broken:
        broken.setattr(old_files, "delete", breaks)
        assert erased() == []
    assert not transitions.resume(run.pk)
    assert erased() == [run.pk] and found(run) == STAYS


def test_a_run_whose_files_went_just_before_an_interruption_is_concluded(make_run: Make) -> None:
    run = old(make_run)
    shutil.rmtree(run.directory)
    Run.objects.filter(pk=run.pk).update(files_erased_at=timezone.now())
    assert erased() == [run.pk] and erased() == []
