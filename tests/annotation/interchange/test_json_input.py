"""Files as they come: arrays, lines, gzip, damage."""

import gzip
import io
import json
import tracemalloc
from contextlib import suppress

import pytest

from annotation.interchange.entries import Entry, Fault, Refused
from annotation.interchange.formats import READ
from annotation.interchange.json_input import BLOCK, LONGEST_PROBLEM, Unreadable, misfit, refuse_deep
from tests.annotation.interchange.formats.reading import parsed_bytes
from tests.linear import is_linear

ONE = b'{"prompt": "One."}'
TWO = b'{"prompt": "Two."}'


def prompts(content: bytes) -> list[str]:
    entries = parsed_bytes("prompts", content)
    assert all(isinstance(entry, Entry) for entry in entries), entries
    return [entry.prompt[0].content for entry in entries if isinstance(entry, Entry)]


@pytest.mark.parametrize(
    "content",
    [
        ONE + b"\n" + TWO,
        ONE + b"\r\n\r\n" + TWO + b"\n",
        b"[" + ONE + b",\n  " + TWO + b"]\n",
        b"\xef\xbb\xbf" + ONE + b"\n" + TWO,
        b"\xef\xbb\xbf\n [" + ONE + b"," + TWO + b"]",
        gzip.compress(b"[" + ONE + b"," + TWO + b"]"),
        gzip.compress(ONE + b"\n" + TWO),
    ],
    ids=["lines", "breaks", "array", "marked lines", "marked array", "gzipped array", "gzipped lines"],
)
def test_lines_and_arrays_are_read_alike_with_marks_breaks_and_gzip(content: bytes) -> None:
    assert prompts(content) == ["One.", "Two."]


def test_an_empty_file_and_an_empty_array_hold_nothing() -> None:
    assert parsed_bytes("prompts", b"") == parsed_bytes("prompts", b"[]") == []


def test_text_beyond_one_block_and_beyond_ascii_survives() -> None:
    texts = ["é漢字🙂" * BLOCK, "שלום" * 1000, "short"]
    content = json.dumps([{"prompt": text} for text in texts], ensure_ascii=False)
    assert prompts(content.encode()) == texts


def test_a_fault_names_the_line_in_lines_and_in_an_array() -> None:
    bad = b'{"prompt": 3}'
    in_lines = parsed_bytes("prompts", ONE + b"\n\n" + bad)[1]
    in_array = parsed_bytes("prompts", b"[\n" + ONE + b",\n" + bad + b"\n]")[1]
    assert isinstance(in_lines, Fault)
    assert isinstance(in_array, Fault)
    assert (in_lines.line, in_array.line) == (3, 3)
    assert in_lines.field == "prompt"


def test_a_line_that_is_not_json_is_a_fault_and_the_next_is_read() -> None:
    first, second = parsed_bytes("prompts", b'{"prompt": \n' + TWO)
    assert isinstance(first, Fault)
    assert (first.line, first.field) == (1, "line")
    assert isinstance(second, Entry)


@pytest.mark.parametrize("bad", [rb'{"prompt": "a\u0000b"}', b'{"prompt": "\xff"}', rb'{"prompt": "\ud800"}'])
def test_text_that_no_database_can_hold_is_refused(bad: bytes) -> None:
    assert [type(item) for item in parsed_bytes("prompts", bad)] == [Fault]
    assert [type(item) for item in parsed_bytes("prompts", b"[" + bad + b"]")] == [Fault]


def test_the_escape_itself_as_text_is_no_nul() -> None:
    assert prompts(rb'{"prompt": "print(\"\\u0000\")"}') == [r'print("\u0000")']


def test_an_array_cut_short_is_unreadable_from_there() -> None:
    with pytest.raises(Unreadable) as caught:
        parsed_bytes("prompts", b"[\n" + ONE + b',\n{"prompt": "Tw')
    assert caught.value.fault.line == 3


def test_a_damaged_gzip_is_said() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        parsed_bytes("prompts", gzip.compress(ONE * 1000)[:-20])


def test_a_record_without_end_is_not_read_into_memory() -> None:
    with pytest.raises(Unreadable, match="16 MiB"):
        parsed_bytes("prompts", b"x" * 2**25)


@pytest.mark.parametrize("array", [False, True])
def test_memory_does_not_grow_with_the_file(array: bool) -> None:
    one = b'{"prompt": "' + b"word " * 400 + b'"}'
    rows = [one] * 20_000
    content = b"[" + b",".join(rows) + b"]" if array else b"\n".join(rows)
    tracemalloc.start()
    assert sum(1 for _ in READ["prompts"].parse(io.BytesIO(content))) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(content) / 2


@pytest.mark.parametrize("repeated", ['\\"', "\\", '"', "[]", "{", '"\\'])
def test_how_deep_a_broken_line_goes_is_seen_in_one_pass(repeated: str) -> None:
    def seen(text: str) -> None:
        with suppress(Refused):
            refuse_deep(text.encode())

    assert is_linear(seen, repeated, before="[]" * 101 + '"')


def test_brackets_in_a_string_are_not_counted_and_those_after_it_are() -> None:
    refuse_deep(b'{"a": "' + b"[" * 200 + b'\\""}')
    with pytest.raises(Refused, match="nested"):
        refuse_deep(b'{"a": "x", "b": ' + b"[" * 200 + b"]" * 200 + b"}")


def test_a_value_that_repeats_the_words_of_a_fault_costs_one_pass_and_is_cut() -> None:
    said = "Invalid enum value '{}\n' - at `$.winner`"
    assert is_linear(lambda text: misfit(1, said.format(text)), " - at `$")
    fault = misfit(1, said.format(" - at `$" * 1000))
    assert fault.field == "winner"
    assert len(fault.problem) < LONGEST_PROBLEM + 10
