import io
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from annotation.datasets.versions import freeze
from annotation.interchange.exports import ExportRefused, export_pairs, export_version, file_name, n_rows
from annotation.interchange.formats import WRITTEN
from annotation.models import Pair, Version
from tests.annotation.making import judge, pair, score

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> Version:
    for n in range(20):
        judge(pair(f"Prompt {n}."), 2)
    return freeze("a-set", "preferences", {"test_share": 0.3})


def lines(version: Version, *how: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in b"".join(export_version(version, *how)).splitlines()]


def test_the_number_of_rows_is_known_before_the_first(version: Version) -> None:
    for split in (None, "train", "test"):
        assert len(lines(version, "trl_preference", "jsonl", split)) == n_rows(version, split) > 0


def test_both_containers_hold_the_same_rows(version: Version) -> None:
    content = b"".join(export_version(version, "trl_preference", "parquet"))
    assert pq.read_table(io.BytesIO(content)).to_pylist() == lines(version, "trl_preference")


def test_the_prompts_of_any_version_can_be_written(version: Version) -> None:
    assert lines(version, "prompts")[0] == {"prompt": [{"role": "user", "content": "Prompt 0."}]}


@pytest.mark.parametrize(
    ("format", "container", "field"),
    [("xml", "jsonl", "format"), ("records", "parquet", "as"), ("trl_sft", "csv", "as")],
)
def test_what_cannot_be_written_is_refused_before_the_first_byte(
    version: Version, format: str, container: str, field: str
) -> None:
    with pytest.raises(ExportRefused) as caught:
        export_version(version, format, container)
    assert caught.value.field == field


def test_prompts_are_no_preferences() -> None:
    pair()
    with pytest.raises(ExportRefused, match="records, prompts"):
        export_version(freeze("prompts", "prompts", {}), "trl_preference")


def test_the_file_is_named_after_what_is_in_it(version: Version) -> None:
    assert file_name(version, "trl_sft", "parquet", "test") == "a-set-v1.trl_sft.test.parquet"


@pytest.mark.parametrize("n", [1, 10])
def test_pairs_are_exported_by_as_many_queries_for_one_as_for_ten(
    n: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(n):
        made = pair(f"Prompt {number}.")
        judge(made, 1)
        score(made.left, 0.5)
        score(made.right, 0.7)
    with django_assert_num_queries(9):
        rows = b"".join(export_pairs(Pair.objects.all())).splitlines()
    assert len(rows) == n
    assert orjson.loads(rows[0])["responses"][0]["scores"] == {"a-reward-model": 0.5}


def test_every_format_that_is_written_says_for_which_kinds() -> None:
    kinds = set(Version.Kind.values)
    assert all(writing.kinds <= kinds and writing.label for writing in WRITTEN.values())
