from dataclasses import dataclass
from pathlib import Path

import pytest

from training.evaluation.figures.records import BadRecord, Finite, lines, read


@dataclass
class Score:
    name: str
    value: Finite


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(BadRecord) as error:
        list(read(path, Score, "A score has name and value"))
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[\n {"name": "x", "value": 1, "more": []},\n {"name": "y", "value": 2.5}]'),
        ("a.jsonl", '{"name": "x", "value": 1}\n\n{"name": "y", "value": 2.5}\n'),
        ("a.csv", "name,value\nx,1\ny,2.5\n"),
        ("bom.csv", "\ufeffname,value\nx,1\ny,2.5\n"),
    ],
)
def test_a_list_lines_and_a_table_hold_the_same_records(tmp_path: Path, name: str, text: str) -> None:
    path = written(tmp_path, name, text)
    assert list(read(path, Score, "")) == [Score("x", 1), Score("y", 2.5)]


def test_each_element_of_a_list_knows_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '\n[{"a":\n1},\n\n  2\n, 3 ]\n')
    assert [line.number for line in lines(path)] == [2, 5, 6]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.json", '[\n{"name": "x", "value": 1},\n{"name": "y", "value": "two"}]', 3),
        ("a.jsonl", '{"name": "x", "value": 1}\n{"name": "y", "value": "two"}\n', 2),
        ("a.csv", "name,value\nx,1\ny,two\n", 3),
    ],
)
def test_a_bad_field_is_named_with_file_line_and_remedy(tmp_path: Path, name: str, text: str, line: int) -> None:
    said = refused(written(tmp_path, name, text))
    assert f"{name}, line {line}: Expected `float`, got `str` - at `$.value`. A score has name and value." in said


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    assert "line 1: Object missing required field `value`" in refused(written(tmp_path, "a.jsonl", '{"name": "x"}'))


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.jsonl", '{"name": "x", "value": 1}\n{"name": \n', 2),
        ("a.json", '[{"name": "x",\n "value": 1},\n {"name" 2}]', 3),
        ("a.json", '[{"name": "x", "value": 1}\n {"name": "y", "value": 2}]', 2),
        ("a.json", '[{"name": "x", "value": 1},\n', 2),
        ("a.json", '\n{"name": "x", "value": 1}', 2),
    ],
)
def test_what_is_not_json_is_named_by_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    assert f"{name}, line {line}: malformed JSON" in refused(written(tmp_path, name, text))


@pytest.mark.parametrize("row", ["y,2,3", '"y,2'])
def test_a_row_that_is_no_row_of_the_table_is_named(tmp_path: Path, row: str) -> None:
    assert "a.csv, line 3" in refused(written(tmp_path, "a.csv", f"name,value\nx,1\n{row}\n"))


@pytest.mark.parametrize(("name", "text"), [("a.json", "[]"), ("a.jsonl", "\n"), ("a.csv", "name,value\n")])
def test_an_empty_file_is_no_file(tmp_path: Path, name: str, text: str) -> None:
    assert "no record" in refused(written(tmp_path, name, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "none.json: No such file" in refused(tmp_path / "none.json")


def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path: Path) -> None:
    assert "Give a .json, .jsonl or .csv file" in refused(written(tmp_path, "a.xlsx", ""))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"name": "é", "value": 1}'.encode("latin-1"))
    assert "not UTF-8" in refused(path)


@pytest.mark.parametrize(
    ("name", "text"), [("a.jsonl", '{"name": "x", "value": NaN}'), ("a.csv", "name,value\nx,inf\n")]
)
def test_what_is_no_number_is_refused_where_a_number_stands(tmp_path: Path, name: str, text: str) -> None:
    assert "`$.value`" in refused(written(tmp_path, name, text))


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_file_made_to_exhaust_the_reader_is_refused(tmp_path: Path, name: str) -> None:
    assert "lists within lists" in refused(written(tmp_path, name, "[" * 100_000))
