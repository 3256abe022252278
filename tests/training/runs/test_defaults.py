"""What runs begin with by the defaults of their project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.models import ProjectDefaults
from training.models import Checkpoint, TrainingDefaults
from training.runs import defaults, launching
from training.runs.kinds import KINDS

pytestmark = pytest.mark.django_db
Make = Callable[..., Checkpoint]


def default_of(kind: str, name: str) -> object:
    return next(field.default for field in launching.fields(kind) if field.name == name)


@pytest.mark.parametrize("kind", ["judge", "evaluate", "benchmark"])
def test_runs_that_ask_a_judge_begin_with_that_of_the_project(kind: str) -> None:
    assert default_of(kind, "judge") is None
    ProjectDefaults.objects.create(judge="rubric_one")
    assert default_of(kind, "judge") == "rubric_one"
    assert launching.checked(kind, {}, None, {})[0]["judge"] == "rubric_one"
    assert launching.checked(kind, {"judge": "rubric_two"}, None, {})[0]["judge"] == "rubric_two"


def test_its_help_says_whose_default_it_is() -> None:
    ProjectDefaults.objects.create(judge="rubric_one")
    field = next(field for field in launching.fields("judge") if field.name == "judge")
    assert field.help.endswith("rubric_one is the default of this project.") and not field.required


@pytest.mark.parametrize("kind", ["sft", "sample"])
def test_a_checkpoint_without_a_template_takes_that_of_the_project(
    kind: str, make_checkpoint: Make, tmp_path: Path
) -> None:
    TrainingDefaults.objects.create(template="xverse")
    bare, dressed = make_checkpoint("bare"), make_checkpoint("dressed")
    for one in (bare, dressed):
        one.path = str(tmp_path / one.name)
        one.folder.mkdir()
        (one.folder / "tokenizer_config.json").write_text("{}")
    (dressed.folder / "chat_template.jinja").write_text("{{ messages }}")
    assert defaults.suggested(KINDS[kind], bare) == {"template": "xverse"}
    assert launching.checked(kind, {}, bare, {})[0]["template"] == "xverse"
    assert launching.checked(kind, {}, dressed, {})[0]["template"] == "own"
