"""A recipe from a shell: started, followed to its end, and refused in one line."""

import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from training.models import Run
from training.recipes import orchestration

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What recipes were started with; each is a row that no worker takes."""
    asked: list[dict[str, Any]] = []

    def start(recipe: str, **options: Any) -> Run:
        asked.append(options)
        return Run.objects.create(kind="recipe", name="Xwin on a toy", spec={"settings": {}}, queue="cpu")

    monkeypatch.setattr(orchestration, "start", start)
    return asked


def command(*words: str) -> str:
    out = StringIO()
    call_command("run_recipe", *words, stdout=out)
    return out.getvalue()


def test_it_is_started_with_its_seed_and_scale_and_says_which_run_it_is(started: list[dict[str, Any]]) -> None:
    said = command("xwin", "--seed", "7", "--scale", "trial")
    assert started == [{"scale": "trial", "seed": 7}]
    assert said.startswith(f"Run {Run.objects.get().pk}: Xwin on a toy.")


def test_a_scale_that_there_is_not_is_refused_in_one_line() -> None:
    with pytest.raises(CommandError, match="scale"):
        command("xwin", "--scale", "enormous")
    assert not Run.objects.exists()


def test_a_recipe_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(CommandError, match="xwin"):
        command("other")


def test_one_that_failed_while_it_was_watched_says_why(
    started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(seconds: float) -> None:
        Run.objects.update(state="failed", error="A stage cannot be launched.")

    monkeypatch.setattr(time, "sleep", fails)
    with pytest.raises(CommandError, match=r"It failed\. A stage cannot be launched\."):
        command("xwin", "--wait")
