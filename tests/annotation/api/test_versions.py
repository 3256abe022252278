import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from rest_framework.test import APIClient

from annotation.datasets.versions import freeze
from annotation.models import Version
from studio.accounts.models import User
from studio.projects.scope import enter, here
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db


def test_the_same_records_again_are_frozen_with_a_warning(api: Callable[[User], APIClient], lea: User) -> None:
    judge(pair(), 2)
    asked = {"name": "mine", "kind": "preferences", "definition": {"test_share": 0.0001}}
    first, second = (api(lea).post("/api/v1/versions/", asked).json() for _ in range(2))
    assert first["digest"] == second["digest"]
    assert [words.partition(",")[0] for words in first["warnings"]] == ["No item is for testing"]
    assert second["warnings"][0].startswith("It has the same records as v1")
    assert second["definition"]["flagged"] == "out"


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


@pytest.fixture
def version() -> Version:
    for n in range(20):
        judge(pair(f"Prompt {n}."), 2)
    return freeze("a-set", "preferences", {"test_share": 0.3})


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_version_is_frozen_and_says_what_it_left_out(lead: APIClient) -> None:
    judge(pair("1"), 2)
    judge(pair("2"), 0)
    asked = {"name": "a-set", "kind": "preferences", "definition": {"kinds": ["judge"]}, "notes": "first"}
    answer = lead.post("/api/v1/versions/", asked)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["number"], body["created_by"], body["counts"]["left_out"]) == (1, "lea", {"tie": 1})
    assert body["definition"]["kinds"] == ["judge"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "poems"}, "kind"),
        ({"definition": {"test_share": 3}}, "definition.test_share"),
        ({"definition": {"collections": ["nowhere"]}}, "definition"),
        ({"definition": {"min_judgements": 1}}, "definition"),
    ],
)
def test_a_wrong_definition_is_named_by_its_field(lead: APIClient, asked: dict[str, Any], field: str) -> None:
    answer = lead.post("/api/v1/versions/", {"name": "a-set", "kind": "prompts", **asked})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Version.objects.exists()


def test_a_version_leaves_as_jsonl_and_says_its_rows_beforehand(lead: APIClient, version: Version) -> None:
    answer = lead.get(f"/api/v1/versions/{version.pk}/export/?format=trl_preference&split=train")
    rows = [orjson.loads(line) for line in content(answer).splitlines()]
    assert len(rows) == int(answer["X-Rows"]) == version.counts["train"]
    assert set(rows[0]) == {"prompt", "chosen", "rejected", "margin"}
    assert answer["Content-Disposition"] == 'attachment; filename="a-set-v1.trl_preference.train.jsonl"'


def test_a_version_leaves_as_parquet(lead: APIClient, version: Version) -> None:
    answer = lead.get(f"/api/v1/versions/{version.pk}/export/?format=trl_sft&as=parquet")
    assert pq.read_table(io.BytesIO(content(answer))).num_rows == 20
    assert answer["Content-Type"] == "application/vnd.apache.parquet"


@pytest.mark.parametrize("query", ["format=xml", "format=records&as=parquet", "split=dev"])
def test_what_cannot_be_written_is_named(lead: APIClient, version: Version, query: str) -> None:
    answer = lead.get(f"/api/v1/versions/{version.pk}/export/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db(transaction=True)
def test_under_asgi_the_file_comes_block_by_block(lea: User) -> None:
    # In a thread of its own: Playwright's event loop may turn in this one.
    with ThreadPoolExecutor(1, initializer=enter, initargs=(here(),)) as pool:
        n_rows, blocks = pool.submit(async_to_sync(downloaded), lea, long_version()).result()
    assert len(blocks) > 2
    assert len(b"".join(blocks).splitlines()) == n_rows


async def downloaded(user: User, version: Version) -> tuple[int, list[bytes]]:
    client = AsyncClient()
    await client.aforce_login(user)
    answer: Any = await client.get(f"/api/v1/versions/{version.pk}/export/")
    return int(answer["X-Rows"]), [block async for block in answer.streaming_content]


def long_version() -> Version:
    for n in range(30):
        judge(pair(f"Prompt {n}.", "x" * 20_000, "y"), 2)
    return freeze("a-set", "preferences", {})
