import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotation.models import Collection, Prompt
from studio.accounts.models import User

pytestmark = pytest.mark.django_db

GOOD = b'{"prompt": "One."}\n{"prompt": "Two."}\n'
ASKED = {"format": "prompts", "collection": "a-collection"}
RAW = "/api/v1/imports/?format=prompts&collection=a-collection"


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


def sent(client: APIClient, address: str, body: Any, content_type: str = "application/jsonl") -> Any:
    return client.generic("POST", address, body, content_type=content_type)


@pytest.mark.parametrize("content", [GOOD, gzip.compress(GOOD)], ids=["plain", "gzipped"])
def test_a_file_is_sent_as_a_form(lead: APIClient, content: bytes) -> None:
    file = SimpleUploadedFile("prompts.jsonl", content)
    answer = lead.post("/api/v1/imports/", {**ASKED, "file": file}, format="multipart")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["added"]["prompts"] == 2
    assert Collection.objects.get().created_by.username == "lea"  # type: ignore[union-attr]


@pytest.mark.parametrize("content_type", ["application/jsonl", "application/octet-stream", "application/json"])
def test_a_file_is_sent_as_the_body(lead: APIClient, content_type: str) -> None:
    answer = sent(lead, RAW, GOOD, content_type=content_type)
    assert answer.status_code == 200, answer.content
    assert Prompt.objects.count() == 2
    again = sent(lead, RAW, GOOD, content_type=content_type)
    assert again.json()["known"]["prompts"] == 2


def test_a_dry_run_says_what_would_happen(lead: APIClient) -> None:
    answer = sent(lead, f"{RAW}&dry_run=true", GOOD)
    assert (answer.json()["imported"], answer.json()["added"]["prompts"]) == (False, 2)
    assert not Collection.objects.exists()


def test_faults_are_a_problem_with_lines_fields_and_remedies(lead: APIClient) -> None:
    answer = sent(lead, RAW, GOOD + b'{"prompt": 3}\n')
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "The file has 1 fault."
    (error,) = answer.json()["errors"]
    assert (error["line"], error["field"]) == (3, "prompt")
    assert error["remedy"]
    assert not Prompt.objects.exists()


@pytest.mark.parametrize("query", ["format=xml&collection=c", "format=prompts", "format=prompts&collection=no slug"])
def test_a_wrong_format_or_collection_is_named(lead: APIClient, query: str) -> None:
    answer = sent(lead, f"/api/v1/imports/?{query}", GOOD)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in {"format", "collection"}


def test_a_form_without_its_file_is_named(lead: APIClient) -> None:
    answer = lead.post("/api/v1/imports/", ASKED, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")


def test_the_formats_are_listed(lead: APIClient) -> None:
    assert "alpaca_annotations" in {row["name"] for row in lead.get("/api/v1/imports/").json()}


def test_what_was_imported_is_listed_by_file_collection_and_records(lead: APIClient) -> None:
    lead.post("/api/v1/imports/", {**ASKED, "file": SimpleUploadedFile("mine.jsonl", GOOD)}, format="multipart")
    sent(lead, RAW, GOOD)
    sent(lead, f"{RAW}&dry_run=true", GOOD)
    found = lead.get("/api/v1/imports/past/").json()["results"]
    assert [row["name"] for row in found] == [
        "A file into A collection: 2 records",
        "mine.jsonl into A collection: 2 records",
    ]
    assert (found[1]["added"]["prompts"], found[0]["known"]["prompts"], found[1]["by"]) == (2, 2, "lea")


def test_an_outsider_and_an_annotator_see_no_imports(
    outsider: APIClient, api: Callable[[User], APIClient], ann: User
) -> None:
    assert outsider.get("/api/v1/imports/past/").status_code == 401
    assert api(ann).get("/api/v1/imports/past/").status_code == 403


def test_the_list_of_imports_costs_the_same_for_every_length(
    lead: APIClient, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(5):
        sent(lead, RAW, GOOD)
    with django_assert_max_num_queries(4):
        assert len(lead.get("/api/v1/imports/past/").json()["results"]) == 5
