"""What a file can carry that no person wrote: a fault by line, field and remedy, at once, and nothing is half done."""

import gzip
import io
import time
from typing import Any

import orjson
import pytest

from annotation.interchange.entries import MOST_RESPONSES
from annotation.interchange.imports import Report, collection_named, import_file
from annotation.models import Collection

pytestmark = pytest.mark.django_db

SIDES = [{"author": "one", "text": "Four."}, {"author": "other", "text": "Seven."}]
PAIR: dict[str, Any] = {"prompt": "Name a prime.", "responses": SIDES}
LONG, HUGE = "n" * 300, 10**30
DEEP = b'{"prompt": "One.", "metadata": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_001


def verdict(**fields: Any) -> dict[str, Any]:
    return PAIR | {"judgments": [{"author": "ann", "grade": 1} | fields]}


def by(author: dict[str, Any]) -> dict[str, Any]:
    return PAIR | {"responses": [SIDES[0], SIDES[1] | author]}


def read(content: bytes, format: str = "pairs") -> Report:
    return import_file(io.BytesIO(content), format, collection_named("hostile"))


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("responses[1].author", by({"author": LONG})),
        ("responses[1].scores", by({"scores": {LONG: 1.0}})),
        ("responses[1].ratings[0].author", by({"ratings": [{"author": LONG, "points": 1}]})),
        ("judgments[0].author", verdict(author=LONG)),
        ("judgments[0].calls[0].model", verdict(calls=[{"raw": "", "digest": "d", "model": LONG}])),
        ("judgments[0].calls[0].digest", verdict(calls=[{"raw": "", "digest": LONG}])),
        ("judgments[0].calls[0].grade", verdict(calls=[{"raw": "", "digest": "d", "grade": 10**6}])),
        ("category", PAIR | {"category": LONG}),
        ("source", PAIR | {"source": LONG}),
    ],
)
def test_what_is_too_long_or_too_large_is_named(field: str, row: dict[str, Any]) -> None:
    report = read(orjson.dumps(PAIR | {"prompt": "Another."}) + b"\n" + orjson.dumps(row))
    assert [(fault.line, fault.field) for fault in report.faults] == [(2, field)]
    assert not Collection.objects.exists()


@pytest.mark.parametrize(
    "line",
    [
        b'{"prompt": "One.", "metadata": {"n": %d}}' % HUGE,
        b'{"prompt": "One.", "metadata": {"n": 1e999}}',
        b'{"prompt": "One.\\u0000"}',
        b'{"prompt": "One.\x00"}',
        b'{"prompt": "One.\\ud800"}',
        b'{"prompt": "One.\xff"}',
        b'{"prompt": "One.", "metadata": {"n": \xc2\xb2}}',
        b'{"prompt": "One.", "metadata": {"n": NaN}}',
        DEEP,
        b"[" * 100_000,
    ],
    ids=["30 digits", "1e999", "NUL", "raw NUL", "half a character", "no UTF-8", "²", "NaN", "deep", "brackets"],
)
@pytest.mark.parametrize("form", [b"%s", b"[%s]", b'[{"prompt": "Zero."},\n%s]'])
def test_what_no_text_or_number_can_be_is_a_fault(form: bytes, line: bytes) -> None:
    report = read(form % line, "prompts")
    assert report.n_faults >= 1
    assert all(fault.problem and fault.remedy for fault in report.faults)
    assert not Collection.objects.exists()


@pytest.mark.parametrize("moment", ["1e300", "-1e300", "99999999999999999999"])
def test_a_time_out_of_range_is_a_fault(moment: str) -> None:
    row = b'{"question_id": 81, "model": "m", "judge": ["g", "s"], "score": 9, "turn": 1, "tstamp": %s}'
    assert read(row % moment.encode(), "fastchat_ratings").n_faults == 1


@pytest.mark.parametrize("filling", [b"\n", b" ", b"\x00", b"[", b'{"a":', b'"', b"0", b"\n\n[", b',"a"'], ids=repr)
def test_a_gzip_bomb_is_refused_as_soon_as_it_could_be_unpacked(filling: bytes) -> None:
    packed = gzip.compress(filling * (80_000_000 // len(filling)), 1)
    began = time.process_time()
    gzip.decompress(packed)
    unpacked = time.process_time()
    assert read(packed, "prompts").n_faults >= 1
    assert time.process_time() - unpacked < 2 * (unpacked - began)


def test_a_judge_named_beside_the_file_is_as_short_as_one_in_it() -> None:
    report = import_file(io.BytesIO(orjson.dumps(PAIR)), "pairs", collection_named("hostile"), judge=LONG)
    assert [fault.field for fault in report.faults] == ["judge"]


def test_what_only_the_database_refuses_is_a_fault_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.interchange.entries.fits", lambda *given: None)
    report = read(orjson.dumps(PAIR | {"category": LONG}))
    assert "value too long for type character varying(80)" in report.faults[0].problem


def test_a_record_of_more_responses_than_can_be_numbered_is_named() -> None:
    answers = [{"author": "m", "text": f"{n}"} for n in range(MOST_RESPONSES + 1)]
    (fault,) = read(orjson.dumps({"prompt": "One.", "responses": answers}), "prompts").faults
    assert (fault.line, fault.field) == (1, "responses") and "32,769 responses; 32,768 fit" in fault.problem


def test_what_copy_refuses_is_a_fault_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.interchange.entries.check_number", lambda answers: None)
    answers = [{"author": "m", "text": ""} for n in range(MOST_RESPONSES + 1)]
    report = read(orjson.dumps({"prompt": "One.", "responses": answers}), "prompts")
    assert "out of range for type smallint" in report.faults[0].problem


def test_brackets_in_a_text_are_no_nesting() -> None:
    assert read(orjson.dumps({"prompt": '[{"' * 5_000, "metadata": {"a": ["[" * 500]}}), "prompts").imported
