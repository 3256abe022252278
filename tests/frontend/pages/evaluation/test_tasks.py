"""The table of classical benchmarks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from frontend.presenters.evaluation import tasks
from studio.accounts.models import User
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, run
from training.models import Checkpoint, TaskResult

SignIn = Callable[[User], Client]


def result(of: Checkpoint, task: str = "arc_easy", **fields: Any) -> TaskResult:
    given = {"version": "1.0", "num_fewshot": 0, "n": 100, "metric": "acc", "value": 0.25, "standard_error": 0.02}
    return TaskResult.objects.create(run=run(kind="lm_eval"), checkpoint=of, task=task, **given | fields)


def test_a_figure_stands_with_its_interval_and_its_items(signed_in: SignIn, lea: User) -> None:
    result(checkpoint("sft"), value=0.25, standard_error=0.02)
    page = " ".join(signed_in(lea).get("/evaluate/tasks/").content.decode().split())
    assert "arc_easy" in page and "25.0" in page and "21.2–29.2" in page and "100" in page


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"version": "2.0"}, {"num_fewshot": 5}, {"chat": True}, {"limit": 10}])
def test_results_that_were_asked_differently_share_no_row(change: dict[str, Any]) -> None:
    result(checkpoint("one"))
    result(checkpoint("other"), **change)
    found = tasks.table(TaskResult.objects.select_related("checkpoint").order_by("-id"))
    assert found
    assert [sum(cell is not None for cell in cells) for _, cells in found.rows] == [1, 1]


@pytest.mark.django_db
def test_the_newest_result_of_a_checkpoint_counts() -> None:
    measured = checkpoint("sft")
    result(measured, value=0.1)
    newest = result(measured, value=0.9)
    found = tasks.table(TaskResult.objects.select_related("checkpoint").order_by("-id"))
    assert found and [cell and cell.result for cell in found.rows[0][1]] == [newest]


def test_without_results_the_page_says_how_to_get_some(signed_in: SignIn, lea: User) -> None:
    assert "lm_eval" in signed_in(lea).get("/evaluate/tasks/").content.decode()


def test_its_queries_do_not_grow(signed_in: SignIn, lea: User) -> None:
    client = signed_in(lea)
    result(checkpoint("first"))
    few = queries(client, "/evaluate/tasks/")
    for number in range(9):
        result(checkpoint(f"c{number}"), task=f"task {number}")
    assert queries(client, "/evaluate/tasks/") == few


def test_only_who_reads_data_reads_them_by_rest(signed_in: SignIn, lea: User, ann: User) -> None:
    result(checkpoint("sft"))
    found = signed_in(lea).get("/api/v1/task-results/").json()["results"]
    assert [(row["task"], row["checkpoint"]["name"]) for row in found] == [("arc_easy", "sft")]
    assert signed_in(ann).get("/api/v1/task-results/").status_code == 403
