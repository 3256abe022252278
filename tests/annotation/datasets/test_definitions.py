from typing import Any

import pytest

from annotation.datasets.definitions import KINDS, Definition, DefinitionInvalid, read
from annotation.judges.config.description import Judge
from tests.bounds import unbounded


@pytest.mark.parametrize(
    ("kind", "definition", "field"),
    [
        ("poems", {}, "kind"),
        ("prompts", {"test_share": 1.5}, "test_share"),
        ("prompts", {"colections": []}, "definition"),
        ("preferences", {"min_grade": 4}, "min_grade"),
        ("preferences", {"min_votes": 0}, "min_votes"),
        ("preferences", {"seed": 10**30}, "seed"),
        ("prompts", {"seed": -1}, "seed"),
        ("prompts", {"unanswered_by": 2**63}, "unanswered_by"),
        ("preferences", {"kinds": ["model"]}, "kinds[0]"),
        ("demonstrations", {"authors": ["ann"]}, "authors[0]"),
    ],
)
def test_a_wrong_definition_is_named_by_its_field(kind: str, definition: dict[str, Any], field: str) -> None:
    with pytest.raises(DefinitionInvalid) as caught:
        read(kind, definition)
    assert caught.value.field == field


def test_nothing_asked_is_everything() -> None:
    assert read("prompts", {}).test_share == 0.0


@pytest.mark.parametrize("settings", [*KINDS.values(), Judge])
def test_every_whole_number_of_a_definition_and_of_a_judge_has_an_end(settings: type[Definition | Judge]) -> None:
    assert unbounded(settings) == []
