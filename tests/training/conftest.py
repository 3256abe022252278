"""Runs to try things on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.datasets import versions
from annotation.models import Author, Collection, Prompt, Version
from training.models import Checkpoint, Run


@pytest.fixture(autouse=True)
def runs_folder(settings: Any, tmp_path: Path) -> Path:
    settings.RUNS_DIR = tmp_path / "runs"
    return tmp_path / "runs"


@pytest.fixture
def make_run(db: None) -> Callable[..., Run]:
    def make(**fields: Any) -> Run:
        return Run.objects.create(**({"kind": "sft", "name": "A run", "spec": {}, "queue": "gpu"} | fields))

    return make


@pytest.fixture
def collection(db: None) -> Collection:
    return Collection.objects.create(slug="toys", name="Toys")


@pytest.fixture
def prompts(collection: Collection) -> list[Prompt]:
    texts = [f"Name {number} animals." for number in range(2, 8)]
    return [
        Prompt.objects.create(collection=collection, messages=[{"role": "user", "content": text}]) for text in texts
    ]


@pytest.fixture
def corpus(prompts: list[Prompt]) -> Version:
    """A version of demonstrations."""
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages, "response": "Cat and dog."} for prompt in prompts]
    return versions.freeze_rows("corpus", "demonstrations", rows, {})


@pytest.fixture
def asked(prompts: list[Prompt]) -> Version:
    """A version of prompts."""
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
    return versions.freeze_rows("asked", "prompts", rows, {})


@pytest.fixture
def make_checkpoint(db: None) -> Callable[..., Checkpoint]:
    def make(name: str = "tiny", kind: str = "policy", **fields: Any) -> Checkpoint:
        author = Author.objects.create(name=name, kind="model" if kind == "policy" else "reward_model")
        return Checkpoint.objects.create(name=name, kind=kind, author=author, path="/models/tiny", **fields)

    return make
