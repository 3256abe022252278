"""A recipe that was started, and of which nothing is sent to a worker."""

import pytest

from annotation.models import Version
from studio.accounts.models import User
from tests.training.recipes.stepping import build
from training.models import Run
from training.recipes import RECIPES
from training.recipes.stages import Asked, Recipe
from training.runs import launching


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs whose messages were sent."""
    names: list[str] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: names.append(run.stage or run.kind))
    return names


@pytest.fixture
def prepared() -> list[int]:
    """Grows each time that the recipe is asked to prepare."""
    return []


@pytest.fixture
def recipe(
    corpus: Version, asked: Version, prepared: list[int], sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    def prepare(wanted: Asked, by: User | None) -> dict[str, Version]:
        prepared.append(wanted.seed)
        return {"train": corpus, "asked": asked}

    toy = Recipe("toy", "Toy", "For tests.", ("small",), build, prepare)
    monkeypatch.setitem(RECIPES, "toy", toy)
    return launching.launch("recipe", {"recipe": "toy", "seed": 3}, name="A toy")
