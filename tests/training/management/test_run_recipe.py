"""A recipe from a shell: started, followed to its end, and refused in one line."""

import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Version
from training.models import Run
from training.recipes import orchestration

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What recipes were started with; each is a row that no worker takes."""
    asked: list[dict[str, Any]] = []

    def start(settings: dict[str, Any], **options: Any) -> Run:
        asked.append(settings | options)
        return Run.objects.create(kind="recipe", name="Xwin on a toy", spec={"settings": {}}, queue="cpu")

    monkeypatch.setattr(orchestration, "start", start)
    return asked


def command(*words: str) -> str:
    out = StringIO()
    call_command("run_recipe", *words, stdout=out)
    return out.getvalue()


def test_it_is_started_with_its_seed_and_scale_and_says_which_run_it_is(started: list[dict[str, Any]]) -> None:
    said = command("xwin", "--seed", "7", "--scale", "trial", "--option", "rounds=2", "--given", "judge=gpt")
    told = {"recipe": "xwin", "scale": "trial", "seed": 7, "options": {"rounds": "2"}, "given": {"judge": "gpt"}}
    assert started == [told | {"inputs": {}, "priority": ""}]
    assert said.startswith(f"Run {Run.objects.get().pk}: Xwin on a toy.")


def test_a_scale_that_there_is_not_is_refused_in_one_line() -> None:
    with pytest.raises(CommandError, match="scale"):
        command("xwin", "--scale", "enormous")
    assert not Run.objects.exists()


def test_a_recipe_is_printed_as_a_file_and_started_from_it(started: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(command("xwin", "--scale", "trial", "--option", "rounds=0", "--write"))
    assert started == []
    command(str(tmp_path / "mine.yaml"))
    assert started[0]["file"]["scale"] == "trial"
    assert [stage["name"] for stage in started[0]["file"]["stages"]][-1] == "evaluation"


def test_a_version_is_named_as_it_is_called_or_by_its_id(started: list[dict[str, Any]], asked: Version) -> None:
    for name in (str(asked), str(asked.pk)):
        command("xwin", "--input", f"prompts={name}")
    assert [one["inputs"] for one in started] == [{"prompts": asked}] * 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["xwin", "--input", "prompts=none v1"], "There is no version 'none v1' here"),
        (["xwin", "--given", "judge"], "judge: write NAME=VALUE"),
        (["nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["xwin", "--option", "rounds=many"], "rounds"),
    ],
)
def test_what_cannot_be_started_is_refused_in_one_line(words: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        command(*words)
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
