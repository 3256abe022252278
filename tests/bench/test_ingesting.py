"""The row of ingested responses measures what it says."""

from typing import Any

import pytest

from annotation.models import Response
from tests.annotation.making import prompt
from tests.bench import ingesting

pytestmark = pytest.mark.django_db


def test_all_responses_are_ingested_and_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "PROMPTS", 10)
    made: list[Any] = [prompt(f"Name {number} cats.") for number in range(10)]
    type(made[0].collection).objects.filter(pk=made[0].collection_id).update(slug="toy-train")
    speed, memory = ingesting.measure(None)  # type: ignore[arg-type]
    # Ten prompts, and one of them for the tenth, each 64 times.
    assert Response.objects.count() == 64 * 11
    assert speed.detail.startswith("640 responses: ") and 0 < speed.value < 100  # type: ignore[union-attr]
    assert memory.value > 0.5  # type: ignore[union-attr]
