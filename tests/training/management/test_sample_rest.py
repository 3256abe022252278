"""`manage.py sample_rest`: a checkpoint answers what it has not answered of a set."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Collection, Prompt, Response, Version
from training.models import Checkpoint, Run
from training.runs import launching

pytestmark = pytest.mark.django_db

MakeCheckpoint = Callable[..., Checkpoint]


@pytest.fixture(autouse=True)
def _nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture(autouse=True)
def _questions(collection: Collection) -> None:
    for number in range(4):
        messages = [{"role": "user", "content": f"Anna is at home at noon, day {number}. List three animals."}]
        Prompt.objects.create(collection=collection, messages=messages)


def said(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("sample_rest", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_checkpoint_samples_what_it_has_not_answered(
    make_checkpoint: MakeCheckpoint,
) -> None:
    tiny = make_checkpoint("tiny")
    first = Prompt.objects.earliest("pk")
    Response.objects.create(prompt=first, author=tiny.author, text="Cat.")
    said("tiny", collection="toys")
    run = Run.objects.get()
    (version,) = run.versions.all()
    assert first.pk not in set(version.items.values_list("prompt", flat=True))
    assert (version.counts["items"], run.checkpoint) == (3, tiny)


def test_nothing_is_sampled_where_nothing_is_missing(make_checkpoint: MakeCheckpoint) -> None:
    tiny = make_checkpoint("tiny")
    for prompt in Prompt.objects.all():
        Response.objects.create(prompt=prompt, author=tiny.author, text="Cat.")
    with pytest.raises(CommandError, match="tiny has answered all of toys"):
        said("tiny", collection="toys")
    assert not Run.objects.exists()


def test_each_is_answered_once_as_the_command_says(make_checkpoint: MakeCheckpoint) -> None:
    make_checkpoint("tiny")
    words = said("tiny", collection="toys", temperature=0.0, max_tokens=64)
    run = Run.objects.get()
    assert words.startswith(f"Run {run.pk}: ")
    settings = run.spec.get("settings", run.spec)
    assert settings["max_tokens"] == 64
    assert (settings["draws"][0]["n"], settings["draws"][0]["temperature"]) == (1, 0.0)


@pytest.mark.parametrize(("checkpoint", "slug"), [("nobody", "toys"), ("tiny", "nowhere")])
def test_what_is_not_there_is_said(make_checkpoint: MakeCheckpoint, checkpoint: str, slug: str) -> None:
    make_checkpoint("tiny")
    with pytest.raises(CommandError, match="does not exist"):
        said(checkpoint, collection=slug)


def test_settings_that_are_refused_launch_nothing_and_leave_no_version(make_checkpoint: MakeCheckpoint) -> None:
    make_checkpoint("tiny")
    with pytest.raises(CommandError, match="max_tokens"):
        said("tiny", collection="toys", max_tokens=0)
    assert not Run.objects.exists() and not Version.objects.exists()
