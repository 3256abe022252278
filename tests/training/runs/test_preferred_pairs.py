"""Preferences that a run made of scores are pairs that lead back to responses, and are nobody's work."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from annotation.datasets import versions
from annotation.datasets.definitions import DefinitionInvalid
from annotation.models import Assignment, Pair, Prompt, Response, Version
from annotation.review import queue
from tests.annotation.making import paired, response
from training.models import Checkpoint, Run
from training.rundir import Result, RunDir
from training.runs import launching
from training.runs.ingest import ingest
from training.runs.names import RunOutput

MakeCheckpoint = Callable[..., Checkpoint]


@pytest.fixture(autouse=True)
def _nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def sampled(make_checkpoint: MakeCheckpoint, asked: Version, prompts: list[Prompt]) -> Run:
    """A run whose responses are stored: A, B and C to each prompt. Another model answered A too."""
    settings = {"draws": [{"n": 3, "temperature": 0.7}]}
    run = launching.launch("sample", settings, checkpoint=make_checkpoint("policy"), inputs={"prompts": asked})
    for prompt in prompts:
        response(prompt, "A", "another")
        for text in "ABC":
            response(prompt, text, "policy")
    return run


@pytest.fixture
def keeping(sampled: Run, make_checkpoint: MakeCheckpoint) -> Run:
    """A run that reads those responses, and the scores that a reward model gave them."""
    responses = RunOutput(sampled.pk, "responses.jsonl")
    rating = launching.launch("score", {}, checkpoint=make_checkpoint("rm", "reward"), inputs={"responses": responses})
    inputs = {"responses": responses, "scores": RunOutput(rating.pk, "scores.jsonl")}
    return launching.launch("keep_best", {}, inputs=inputs)


def left(run: Run, prompts: list[Prompt], *sides: tuple[str, str], **more: Any) -> RunDir:
    directory = RunDir(run.directory)
    directory.output.mkdir(parents=True, exist_ok=True)
    plain = [{"prompt_id": prompt.pk, "prompt": prompt.messages, "margin": 1.5} | more for prompt in prompts]
    rows = [row | {"chosen": one, "rejected": other} for row in plain for one, other in sides]
    (directory.output / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    directory.finish(Result(kind=run.kind, state="succeeded"))
    return directory


def test_each_preference_leads_to_a_pair_of_what_the_checkpoint_answered(keeping: Run, prompts: list[Prompt]) -> None:
    ingest(keeping, left(keeping, prompts, ("A", "B"), ("A", "C")))
    made = keeping.run_versions.get(role="output").version
    items = list(made.items.order_by("position").select_related("pair__left__author", "pair__right"))
    assert len(items) == 12 and all(item.pair for item in items)
    first = items[0].pair
    assert first and (first.left.text, first.right.text, first.left.author.name) == ("A", "B", "policy")
    assert items[0].record["pair_id"] == first.pk and first.source == f"run {keeping.pk}"
    assert made.definition["scores_by"] == "rm" and made.holds == "12 preferences from Toys, by the scores of rm"


def test_ingesting_again_changes_nothing(keeping: Run, prompts: list[Prompt]) -> None:
    directory = left(keeping, prompts, ("A", "B"))
    ingest(keeping, directory)
    before = list(Pair.every.order_by("pk").values())
    ingest(keeping, directory)
    assert list(Pair.every.order_by("pk").values()) == before and keeping.run_versions.count() == 1


def test_they_are_in_no_list_and_in_no_version_before_somebody_asks(keeping: Run, prompts: list[Prompt]) -> None:
    ingest(keeping, left(keeping, prompts, ("A", "B")))
    assert Pair.every.count() == 6 and not Pair.objects.exists() and not prompts[0].pairs.exists()
    assert not queue.unassigned(Pair.objects.all(), 10).exists()
    with pytest.raises(DefinitionInvalid, match="nothing"):
        versions.freeze("judged", "preferences", {})
    assert queue.open_slots(Pair.every.filter(prompt=prompts[0]), 2) == 2
    assert [pair.prompt for pair in Pair.objects.all()] == [prompts[0]] and Assignment.objects.count() == 2


def test_a_pair_that_was_there_stays_what_it_was(keeping: Run, prompts: list[Prompt]) -> None:
    known = paired(*Response.objects.filter(prompt=prompts[0], author__name="policy", text__in="AB"))
    ingest(keeping, left(keeping, prompts, ("B", "A")))
    assert Pair.objects.get() == known and Pair.every.count() == 6
    assert keeping.run_versions.get(role="output").version.items.filter(pair=known).exists()


def test_a_preference_of_responses_that_are_gone_is_kept_without_a_pair(keeping: Run, prompts: list[Prompt]) -> None:
    ingest(keeping, left(keeping, prompts[:1], ("A", "never stored"), ("A", "B")))
    items = keeping.run_versions.get(role="output").version.items.order_by("position")
    assert [item.record["pair_id"] is None for item in items] == [True, False]


def test_of_one_text_by_two_authors_the_response_that_is_named_counts(
    sampled: Run, make_checkpoint: MakeCheckpoint, prompts: list[Prompt]
) -> None:
    version = versions.freeze("all", "responses", {})
    run = launching.launch("keep_best", {}, inputs={"responses": version})
    one = Response.objects.get(prompt=prompts[0], text="A", author__name="policy")
    other = Response.objects.get(prompt=prompts[0], text="B")
    ingest(run, left(run, prompts[:1], ("A", "B"), chosen_id=one.pk, rejected_id=other.pk))
    found = Pair.every.get()
    assert (found.left, found.right) == (one, other)
    assert "chosen_id" not in run.run_versions.get(role="output").version.items.get().record


def test_many_come_in_parts(keeping: Run, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.runs.preferred_pairs.CHUNK", 5)
    ingest(keeping, left(keeping, prompts, ("A", "B"), ("C", "B")))
    items = keeping.run_versions.get(role="output").version.items.order_by("position")
    assert [item.pair.prompt_id for item in items if item.pair] == [prompt.pk for prompt in prompts for _ in range(2)]
