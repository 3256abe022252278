"""What cannot be stored is refused by field and remedy, before anything is written."""

from typing import Any

import msgspec
import pytest

from annotation.interchange.entries import LONGEST_NAME, Entry, Fault, Refused

GOOD: dict[str, Any] = {
    "prompt": [{"role": "user", "content": "Name a prime."}],
    "responses": [{"author": "one", "text": "Four."}, {"author": "two", "text": "Seven."}],
    "judgments": [{"author": "ann", "grade": 2}],
    "paired": True,
}
LONG = "x" * (LONGEST_NAME + 1)
FIRST, SECOND = GOOD["responses"]


def checked(**fields: Any) -> Entry:
    return msgspec.convert(GOOD | fields, Entry).check()


def verdict(**fields: Any) -> dict[str, Any]:
    return {"judgments": [{"author": "ann", "grade": 0} | fields]}


def test_a_good_entry_is_itself() -> None:
    assert checked() == msgspec.convert(GOOD, Entry)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": []}, "prompt"),
        ({"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}, "prompt"),
        ({"prompt": [{"role": "user", "content": " \n"}]}, "prompt[0].content"),
        ({"category": "x" * 81}, "category"),
        ({"source": "x" * 81}, "source"),
        ({"metadata": {"n": 2**70}}, "metadata"),
        ({"responses": [FIRST]}, "responses"),
        ({"responses": [FIRST, FIRST]}, "responses"),
        ({"responses": [FIRST | {"author": ""}, SECOND]}, "responses[0].author"),
        ({"responses": [FIRST, SECOND | {"author": LONG}]}, "responses[1].author"),
        ({"responses": [FIRST, SECOND | {"scores": {" ": 1.0}}]}, "responses[1].scores"),
        ({"responses": [FIRST | {"metadata": {"n": 2**70}}, SECOND]}, "responses[0].metadata"),
        (
            {"responses": [FIRST | {"ratings": [{"author": "", "points": 1}]}, SECOND]},
            "responses[0].ratings[0].author",
        ),
        (verdict(author=" "), "judgments[0].author"),
        (verdict(grade=-4), "judgments[0].grade"),
        (verdict(preference=1.5), "judgments[0].preference"),
        (verdict(grade=1, both_bad=True), "judgments[0].both_bad"),
        (verdict(grade=None, both_bad=True), "judgments[0].both_bad"),
        (verdict(details={"n": 2**70}), "judgments[0].details"),
        (verdict(calls=[{"raw": "", "digest": "x" * 65}]), "judgments[0].calls[0].digest"),
        (verdict(calls=[{"raw": "", "digest": "", "grade": 9}]), "judgments[0].calls[0].grade"),
        (verdict(calls=[{"raw": "", "digest": "", "model": LONG}]), "judgments[0].calls[0].model"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field_with_a_remedy(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(**fields)
    assert refused.value.field == field and refused.value.problem and refused.value.remedy.endswith(".")


def test_the_same_text_by_two_authors_is_a_pair() -> None:
    assert checked(responses=[FIRST, FIRST | {"author": "two"}])


def test_a_tool_may_have_the_last_word_before_a_response() -> None:
    assert checked(prompt=[{"role": "user", "content": "2+2?"}, {"role": "tool", "content": "4"}])


def test_a_fault_reads_as_one_line() -> None:
    assert str(Fault(3, "grade", "It is 9.", "Write 3.")) == "line 3, grade: It is 9. Write 3."
