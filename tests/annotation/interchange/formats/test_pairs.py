from typing import Any

import pytest

from tests.annotation.interchange.formats.reading import entry, fault

ONE, OTHER = {"author": "one", "text": "Four."}, {"author": "other", "text": "Seven."}


def row(**fields: Any) -> dict[str, Any]:
    return {"prompt": "Name a prime.", "responses": [ONE, OTHER]} | fields


def test_a_judgment_is_by_a_person_who_read_the_first_response_first_unless_it_says_otherwise() -> None:
    (verdict,) = entry("pairs", row(judgments=[{"author": "ann", "grade": 2}])).judgments
    assert (verdict.kind, verdict.shown, verdict.grade) == ("person", "first", 2)


def test_a_failed_judgment_has_no_grade() -> None:
    judgments = [{"author": "gpt-4", "kind": "judge", "grade": None, "error": "no verdict"}]
    assert entry("pairs", row(judgments=judgments)).judgments[0].grade is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"responses": [ONE]}, "responses"),
        ({"responses": [ONE, ONE]}, "responses"),
        ({"responses": [ONE, {"author": "", "text": "x"}]}, "responses[1].author"),
        ({"judgments": [{"author": "ann", "grade": 4}]}, "judgments[0].grade"),
        ({"judgments": [{"author": "ann", "grade": 1, "both_bad": True}]}, "judgments[0].both_bad"),
        ({"judgments": [{"author": "ann", "grade": 1, "preference": 0.4}]}, "judgments[0].preference"),
        ({"judgments": [{"author": "ann", "grade": 0, "preference": 0.6}]}, "judgments[0].preference"),
        ({"judgments": [{"author": "ann", "grade": None, "preference": 0.5}]}, "judgments[0].preference"),
        ({"judgments": [{"author": "ann"}]}, "judgments[0]"),
        ({"judgments": [{"author": "ann", "grade": 1, "shown": "left"}]}, "judgments[0].shown"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field_with_a_remedy(change: dict[str, Any], field: str) -> None:
    refused = fault("pairs", row(**change))
    assert refused.field == field
    assert refused.remedy
