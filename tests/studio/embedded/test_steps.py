"""Preparing steps run when something they depend on changed, and only then."""

from pathlib import Path

import pytest

from studio.embedded import steps
from studio.embedded.folder import Folder
from studio.embedded.steps import Step, StepFailed

HERE = {"DATABASE_URL": "postgresql:///here"}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose `manage.py` writes what it was asked, and fails when told to."""
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    (tmp_path / "manage.py").write_text(
        "import sys; open('asked', 'a').write(sys.argv[1] + ' '); sys.exit(sys.argv[1] == 'fail')"
    )
    path = tmp_path / "source.py"
    path.write_text("one")
    return path


@pytest.fixture
def step(source: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    made = Step("migrate", "Preparing", ("migrate",), ("source.*",))
    monkeypatch.setattr(steps, "STEPS", ((made,),))
    return made


def asked(source: Path) -> list[str]:
    return (source.parent / "asked").read_text().split()


def test_a_step_runs_once(source: Path, step: Step, folder: Folder) -> None:
    said: list[str] = []
    steps.run_due(folder, HERE, said.append)
    steps.run_due(folder, HERE, said.append)
    assert asked(source) == ["migrate"]
    assert said == ["Preparing …"]


def test_a_changed_source_runs_it_again(source: Path, step: Step, folder: Folder) -> None:
    steps.run_due(folder, HERE, lambda words: None)
    source.write_text("two")
    assert step.due(folder, HERE)


def test_a_new_source_runs_it_again(source: Path, step: Step, folder: Folder) -> None:
    steps.run_due(folder, HERE, lambda words: None)
    source.with_suffix(".more").write_text("")
    assert step.due(folder, HERE)


def test_another_database_runs_it_again(step: Step, folder: Folder) -> None:
    steps.run_due(folder, HERE, lambda words: None)
    assert step.due(folder, {"DATABASE_URL": "postgresql:///there"})


def test_a_failed_step_is_named_and_runs_again(source: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Step("collectstatic", "Collecting", ("fail",), ("source.*",))
    monkeypatch.setattr(steps, "STEPS", ((failing,),))
    with pytest.raises(StepFailed, match="collectstatic failed"):
        steps.run_due(folder, HERE, lambda words: None)
    assert failing.due(folder, HERE)
