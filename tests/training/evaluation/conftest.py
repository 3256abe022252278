"""A small benchmark in the toy world: six questions, a model that answers them well and one that does not."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Author, Collection, Prompt, Response
from tests.training.sampling import toy_prompts
from training.models import Run
from training.runs import launching
from training.worker import execution, transitions

Benchmark = Callable[..., Run]
Reported = list[tuple[int, int, str]]


@pytest.fixture(autouse=True)
def _nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def prompts(collection: Collection) -> list[Prompt]:
    return toy_prompts(collection)


@pytest.fixture
def answering(prompts: list[Prompt]) -> Callable[[str, str], Author]:
    """`answering("good", GOOD)` is a model that says this to every question."""

    def make(name: str, text: str) -> Author:
        author = Author.objects.create(name=name, kind="model")
        for prompt in prompts:
            Response.objects.create(prompt=prompt, author=author, text=text)
        return author

    return make


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Reported:
    """How far a run said that it is, each time: done, total, unit."""
    found: Reported = []
    report = transitions.report

    def heard(held: transitions.Claim, **fields: Any) -> bool:
        found.append((fields["done"], fields["total"], fields["unit"]))
        return report(held, **fields)

    monkeypatch.setattr(transitions, "report", heard)
    return found


@pytest.fixture
def benchmark() -> Benchmark:
    """`benchmark(authors=[1], baseline=2)` is the run, ended."""

    def run(**settings: Any) -> Run:
        asked = {"benchmark": "alpaca_eval", "judge": "rubric_two", "collection": "toys", **settings}
        launched = launching.launch("benchmark", asked)
        execution.execute(launched.pk, "w1")
        launched.refresh_from_db()
        return launched

    return run
