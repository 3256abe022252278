"""Leaderboards by REST: rows, comparisons, verdicts and files."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.models import Author, Collection, Prompt, Response
from studio.accounts.models import User
from training.models import BenchmarkResult
from training.runs import launching
from training.worker import execution

Api = Callable[[User], APIClient]
URL = "/api/v1/benchmark-results/"
GOOD, POOR = "Here are three animals: cat, dog and fox.", "hammer hammer"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answering(collection: Collection) -> Callable[[str, str, int], Author]:
    def make(name: str, text: str, questions: int = 3) -> Author:
        author = Author.objects.create(name=name, kind="model")
        for number in range(questions):
            words = f"Question {number} for Anna, who is at home at noon. List three animals."
            messages = [{"role": "user", "content": words}]
            prompt, _ = Prompt.objects.get_or_create(
                collection=collection, text=words, defaults={"messages": messages, "category": f"c{number % 2}"}
            )
            Response.objects.create(prompt=prompt, author=author, text=text)
        return author

    return make


def measure(authors: list[Author], baseline: Author) -> list[BenchmarkResult]:
    asked: dict[str, Any] = {"benchmark": "alpaca_eval", "judge": "rubric_two", "collection": "toys"}
    asked |= {"authors": [author.pk for author in authors], "baseline": baseline.pk}
    run = launching.launch("benchmark", asked)
    execution.execute(run.pk, "w1")
    run.refresh_from_db()
    assert run.state == "succeeded", run.error
    return list(BenchmarkResult.objects.filter(run=run).order_by("pk"))


@pytest.fixture
def two(answering: Callable[[str, str], Author]) -> list[BenchmarkResult]:
    return measure([answering("good", GOOD), answering("poor", POOR)], answering("base", f"{POOR} {POOR}"))


@pytest.mark.parametrize("address", ["", "export/", "compare/?a=1&b=2", "1/", "1/prompts/", "1/annotations/"])
def test_an_outsider_and_an_annotator_see_nothing(outsider: Client, api: Api, ann: User, address: str) -> None:
    assert outsider.get(f"{URL}{address}").status_code == 401
    assert api(ann).get(f"{URL}{address}").status_code == 403


def test_rows_say_their_key_and_can_be_filtered(api: Api, lea: User, two: list[BenchmarkResult]) -> None:
    call_command("load_published")
    (row,) = api(lea).get(URL, {"published": "false", "name": "good"}).json()["results"]
    assert (row["value"], row["n"], row["run"]) == (100.0, 3, two[0].run_id)
    assert row["key"] == ["alpaca_eval", "rubric_two v1", two[0].prompts_digest, "base"]
    found = api(lea).get(URL, {"search": "xwinlm", "baseline": "text_davinci_003", "published": "true"}).json()
    assert {row["source"][:10] for row in found["results"]} == {"github.com"}
    assert len(found["results"]) == 4


def test_b_against_a_with_its_sentence(api: Api, lea: User, two: list[BenchmarkResult]) -> None:
    good, poor = two
    found = api(lea).get(f"{URL}compare/", {"a": poor.pk, "b": good.pk}).json()
    assert found["difference"]["estimate"] > 0
    assert found["unit"] == "percentage points"
    assert "good" in found["sentence"] and "poor" in found["sentence"]


def test_rows_of_different_keys_are_a_conflict_with_the_reason(
    api: Api, lea: User, two: list[BenchmarkResult]
) -> None:
    call_command("load_published")
    published = BenchmarkResult.objects.get(name="alpaca-7b", judge="alpaca_eval_gpt4")
    answer = api(lea).get(f"{URL}compare/", {"a": published.pk, "b": two[0].pk})
    assert answer.status_code == 409
    assert "cannot stand side by side: the judges differ" in answer.json()["detail"]


def test_a_comparison_without_its_two_rows_names_the_field(api: Api, lea: User) -> None:
    answer = api(lea).get(f"{URL}compare/", {"a": 1})
    assert answer.status_code in (400, 404)
    assert api(lea).get(f"{URL}compare/").json()["errors"][0]["field"] == "a"


def test_the_questions_of_a_result_are_found_by_outcome_category_and_words(
    api: Api, lea: User, two: list[BenchmarkResult]
) -> None:
    good, poor = two
    client = api(lea)
    won = client.get(f"{URL}{good.pk}/prompts/", {"outcome": "won"}).json()["results"]
    assert len(won) == 3
    assert won[0]["response"]["text"] == GOOD
    assert won[0]["judgment"]["grade"] is not None
    assert won[0]["baseline_response"]["author"] == "base"
    assert len(client.get(f"{URL}{good.pk}/prompts/", {"category": "c0"}).json()["results"]) == 2
    assert len(client.get(f"{URL}{good.pk}/prompts/", {"q": "question 1"}).json()["results"]) == 1
    beside = client.get(f"{URL}{good.pk}/prompts/", {"other": str(poor.pk), "outcome": "won"}).json()["results"]
    assert [row["gain"] for row in beside] == [row["value"] - row["other_value"] for row in beside]
    assert client.get(f"{URL}{good.pk}/prompts/", {"outcome": "maybe"}).status_code == 400


@pytest.mark.parametrize("questions", [1, 10])
def test_lists_cost_the_same_for_one_row_as_for_ten(
    api: Api, lea: User, answering: Callable[[str, str, int], Author], questions: int
) -> None:
    (row,) = measure([answering("good", GOOD, questions)], answering("base", POOR, questions))
    client = api(lea)
    for address, budget in (("", 3), (f"{row.pk}/prompts/", 4)):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{URL}{address}").status_code == 200
        assert len(captured) <= budget, [query["sql"] for query in captured]


def test_a_leaderboard_is_written_in_the_published_columns(api: Api, lea: User) -> None:
    call_command("load_published")
    query: dict[str, str] = {"judge": "alpaca_eval_gpt4", "baseline": "text_davinci_003"}
    answer = api(lea).get(f"{URL}export/", query)
    first, *rows = csv.reader(io.StringIO(answer.content.decode()))
    assert first[:4] == ["", "win_rate", "standard_error", "n_wins"]
    assert rows[0][0] == "gpt4_turbo"
    assert [float(row[1]) for row in rows] == sorted((float(row[1]) for row in rows), reverse=True)
    as_json = json.loads(api(lea).get(f"{URL}export/", query | {"as": "json"}).content)
    assert as_json[0]["name"] == "gpt4_turbo"
    assert api(lea).get(f"{URL}export/", query | {"as": "xml"}).status_code == 400


def test_no_table_mixes_keys(api: Api, lea: User) -> None:
    call_command("load_published")
    answer = api(lea).get(f"{URL}export/", {"benchmark": "alpaca_eval"})
    assert answer.status_code == 409
    assert "no table may mix them" in answer.json()["detail"]


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(api: Api, lea: User) -> None:
    BenchmarkResult.objects.create(benchmark="mt_bench", name="=1+1", source="a paper", value=1, project=None)
    assert "\n'=1+1," in api(lea).get(f"{URL}export/").content.decode()


def test_verdicts_are_taken_away_as_annotations(api: Api, lea: User, two: list[BenchmarkResult]) -> None:
    rows = json.loads(api(lea).get(f"{URL}{two[0].pk}/annotations/").content)
    assert [row["preference"] for row in rows] == [2.0, 2.0, 2.0]
    assert rows[0]["output_2"] == GOOD
    assert rows[0]["annotator"] == "rubric_two v1"


def test_what_is_no_alpaca_eval_has_no_annotations(api: Api, lea: User) -> None:
    row = BenchmarkResult.objects.create(benchmark="mt_bench", name="one", source="a paper", project=None)
    assert api(lea).get(f"{URL}{row.pk}/annotations/").status_code == 409
