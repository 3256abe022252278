"""What a rehearsal does in the place of judges and people: a question or none, and what the next stage reads."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from annotation.demo import world
from annotation.judges.config import registry
from training.models import Run
from training.recipes.rehearsals import asking
from training.rundir import read_records

pytestmark = pytest.mark.django_db


class Asker:
    """Nobody wants it to stop."""

    must_stop = False


@pytest.fixture
def responses(tmp_path: Path) -> Path:
    rows = [
        {
            "response_id": f"{number}/{answer}",
            "prompt_id": -number,
            "prompt": [{"role": "user", "content": text}],
            "response": f"Answer {answer}.",
        }
        for number, text in enumerate(world.training_prompts(3), 1)
        for answer in range(2)
    ]
    path = tmp_path / "responses.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return path


def test_a_judge_that_rates_is_asked_once_and_every_response_has_a_score(responses: Path, tmp_path: Path) -> None:
    asker: Any = Asker()
    told = asking.ratings(registry.load("rubric_one"), responses, tmp_path / "scores.jsonl", Run(), asker)
    assert told == {"questions": 1, "dollars": 0.0}
    scores = list(read_records(tmp_path / "scores.jsonl"))
    assert [row["response_id"] for row in scores] == [row["response_id"] for row in read_records(responses)]
    assert all(0 <= row["score"] <= 1 for row in scores)


def test_people_are_not_asked_and_their_preferences_are_by_chance(responses: Path, tmp_path: Path) -> None:
    asker: Any = Asker()
    settings = {"seed": 0, "test_share": 0.1}
    told = asking.preferences(None, responses, tmp_path / "preferences.jsonl", settings, Run(), asker)
    assert told == {"questions": 0, "dollars": 0.0}
    made = list(read_records(tmp_path / "preferences.jsonl"))
    assert [row["split"] for row in made] == ["train", "train", "test"]
    assert all(row["chosen"] != row["rejected"] for row in made)
