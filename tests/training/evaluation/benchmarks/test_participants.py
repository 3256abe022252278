"""Whom a benchmark run is about: what is not there is named by the setting that asks for it."""

from typing import Any

import pytest

from annotation.judges.config import registry
from tests.annotation.making import author, collection
from training.evaluation.benchmarks.participants import participants
from training.runs.failures import RunFailed

pytestmark = pytest.mark.django_db


def asked(**settings: Any) -> dict[str, Any]:
    given = {"collection": collection().slug, "judge": "rubric_one", "authors": [author("m").pk], "baseline": None}
    return given | settings


def test_a_judge_that_can_be_asked_comes_with_the_author_of_its_verdicts() -> None:
    found = participants(asked())
    assert found.judge and found.judge.name == "rubric_one" and found.judge_author == found.judge.author
    assert (found.collection, found.authors, found.baseline) == (collection(), [author("m")], None)


def test_a_judge_is_found_by_the_name_of_its_author_too() -> None:
    known = registry.load("rubric_one").author
    found = participants(asked(judge=known.name))
    assert found.judge and found.judge_author == known


def test_a_judge_whose_verdicts_are_on_single_turns_can_be_asked_too() -> None:
    judge = registry.load("rubric_one")
    name = judge.author_name
    author(judge.at_turn(1).author.name, "judge")
    found = participants(asked(judge=name))
    assert found.judge == judge and found.judge_author == judge.author


@pytest.mark.parametrize("name", ["gpt-4", "gpt-4 · turn 1", "gpt-4 · turn 2"])
def test_of_a_judge_that_was_imported_only_its_verdicts_are_there(name: str) -> None:
    known = author(name, "judge")
    found = participants(asked(judge="gpt-4"))
    assert (found.judge, found.judge_author) == (None, known)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"collection": "nowhere"}, r"collection: there is no collection 'nowhere'\. Import the questions"),
        ({"authors": [0]}, r"authors: there is no author 0\."),
        ({"baseline": 0}, r"baseline: there is no author 0\."),
        ({"judge": "nobody"}, r"judge: .* No judge whose verdicts were imported is called so either\."),
    ],
)
def test_what_is_not_there_is_named_by_its_setting(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(RunFailed, match=says):
        participants(asked(**fields))
