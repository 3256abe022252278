"""`manage.py benchmark`, as an engineer calls it."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from annotation.models import Author, Collection, Prompt, Response
from training.models import BenchmarkResult, Run
from training.runs import launching
from training.worker import execution

pytestmark = pytest.mark.django_db(transaction=True)
GOOD, POOR = "Here are three animals: cat, dog and fox.", "hammer hammer"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent is done as soon as it is committed."""

    def at_once(run: Run) -> None:
        transaction.on_commit(lambda: execution.execute(run.pk, "w1"))

    monkeypatch.setattr(launching, "enqueue", at_once)


@pytest.fixture
def models(collection: Collection) -> None:
    for number in range(4):
        messages = [{"role": "user", "content": f"Anna is at home at noon, day {number}. List three animals."}]
        prompt = Prompt.objects.create(collection=collection, messages=messages)
        for name, text in (("good", GOOD), ("poor", POOR), ("base", f"{POOR} {POOR}")):
            author, _ = Author.objects.get_or_create(kind="model", name=name)
            Response.objects.create(prompt=prompt, author=author, text=text)


def said(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def measured(*more: str) -> str:
    asked = ["benchmark", "alpaca_eval", "--collection=toys", "--judge=rubric_two", "--baseline=base"]
    return said(*asked, "--models", "good", "poor", *more)


def test_rows_are_printed_side_by_side(worker: None, models: None) -> None:
    table = measured("--wait")
    assert "win_rate" in table and "good" in table and "100.000000" in table


def test_two_rows_are_told_apart_or_not(worker: None, models: None) -> None:
    measured("--wait")
    good, poor = (str(BenchmarkResult.objects.get(name=name).pk) for name in ("good", "poor"))
    answer = said("benchmark", "--compare", poor, good)
    assert "cannot be told apart for sure on 4 questions" in answer
    assert "At equal length good would win" in answer


def test_rows_that_must_not_be_compared_are_refused(worker: None, models: None) -> None:
    measured("--wait")
    other = BenchmarkResult.objects.create(benchmark="mt_bench", name="other", source="a paper", project=None)
    with pytest.raises(CommandError, match="cannot stand side by side: the benchmarks differ"):
        said("benchmark", "--compare", str(BenchmarkResult.objects.get(name="good").pk), str(other.pk))


def test_what_failed_is_said(worker: None, models: None) -> None:
    Response.objects.filter(author__name="good").earliest("pk").delete()
    with pytest.raises(CommandError, match="It failed. good has 3 of 4 responses"):
        measured("--wait")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Name a benchmark"),
        (["alpaca_eval", "--models", "nobody"], "no model called 'nobody'"),
        (["alpaca_eval"], "authors: Say which"),
        (["--compare", "1", "2"], "does not exist"),
    ],
)
def test_what_is_missing_is_named(db: None, arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        said("benchmark", *arguments)
