"""`manage.py erase_old`, as an admin calls it."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import ProjectDefaults
from studio.projects.models import Project
from training.models import Run


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("erase_old", "--project", "tests", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    run = make_run(state="failed", ended_at=timezone.now() - timedelta(days=20))
    run.directory.mkdir(parents=True)
    (run.directory / "log.txt").write_text("x" * 1000)
    return run


def test_a_dry_run_changes_nothing(run: Run) -> None:
    ProjectDefaults.objects.create(keep_raw_days=10)
    assert said("--dry-run") == "Older than 10 days: 1 run folder. Nothing was erased.\n"
    run.refresh_from_db()
    assert (run.directory / "log.txt").exists() and run.files_erased_at is None
    assert ProjectDefaults.objects.get().erased_at is None


def test_it_erases_at_once_in_the_project_that_is_named(run: Run) -> None:
    ProjectDefaults.objects.create(keep_raw_days=10)
    Project.objects.create(slug="other", name="Other")
    with pytest.raises(CommandError, match="for ever"):
        call_command("erase_old", "--project", "other")
    assert (run.directory / "log.txt").exists()
    assert said() == "Erased: 1 run folder, 1000 bytes.\n"
    assert not (run.directory / "log.txt").exists()
