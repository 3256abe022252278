"""What sampling runs left: read from the newest that has anything, and refused by its place where it is gone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Version
from training.models import Checkpoint, Run, RunVersion
from training.runs.failures import RunFailed
from training.runs.samples import has, records, responses_by, version_of

pytestmark = pytest.mark.django_db

MakeRun = Callable[..., Run]
GREEDY, SAMPLED = {"name": "greedy", "temperature": 0.0}, {"name": "sampled", "temperature": 1.0}


@pytest.fixture
def checkpoint(make_checkpoint: Callable[..., Checkpoint]) -> Checkpoint:
    return make_checkpoint()


@pytest.fixture
def sampling(make_run: MakeRun, asked: Version, checkpoint: Checkpoint) -> Callable[..., Run]:
    """A sampling run that ended well, with files of one response to each of these prompts."""

    def made(responses: dict[int, str], state: str = "succeeded", *draws: dict[str, Any]) -> Run:
        told = [draw | {"prompts": "prompts"} for draw in draws or (SAMPLED,)]
        run = make_run(kind="sample", checkpoint=checkpoint, state=state, spec={"settings": {"draws": told}})
        RunVersion.objects.create(run=run, version=asked, role="input", name="prompts")
        output = Path(run.directory) / "output"
        output.mkdir(parents=True)
        for draw in told:
            rows = [{"prompt_id": prompt, "response": f"{draw['name']} {text}"} for prompt, text in responses.items()]
            (output / f"{draw['name']}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return run

    return made


def test_the_newest_sampling_counts(sampling: Any, checkpoint: Checkpoint, asked: Version) -> None:
    sampling({1: "old"})
    sampling({1: "new", 2: "also"})
    sampling({1: "failed"}, "failed")
    assert responses_by(checkpoint, asked, "sampled") == {1: ["sampled new"], 2: ["sampled also"]}


def test_one_that_left_nothing_is_passed_over(sampling: Any, checkpoint: Checkpoint, asked: Version) -> None:
    sampling({1: "old"})
    sampling({})
    assert responses_by(checkpoint, asked, "sampled") == {1: ["sampled old"]}


def test_greedy_and_sampled_are_told_apart(sampling: Any, checkpoint: Checkpoint, asked: Version) -> None:
    sampling({1: "x"}, "succeeded", GREEDY, SAMPLED)
    assert responses_by(checkpoint, asked, "greedy") == {1: ["greedy x"]}
    assert responses_by(checkpoint, asked, "sampled") == {1: ["sampled x"]}


def test_who_never_sampled_these_prompts_has_said_nothing(
    sampling: Any, checkpoint: Checkpoint, corpus: Version
) -> None:
    sampling({1: "x"})
    assert responses_by(checkpoint, corpus, "sampled") == {}


def test_an_input_is_a_version_or_another_run_s_file(sampling: Any, make_run: MakeRun, corpus: Version) -> None:
    maker = sampling({1: "x"})
    run = make_run(spec={"outputs": {"responses": {"run": maker.pk, "file": "sampled.jsonl"}}})
    RunVersion.objects.create(run=run, version=corpus, role="input", name="train")
    assert (has(run, "train"), has(run, "responses"), has(run, "scores")) == (True, True, False)
    assert version_of(run, "train") == corpus and len(list(records(run, "train"))) == corpus.counts["items"]
    assert list(records(run, "responses")) == [{"prompt_id": 1, "response": "sampled x"}]


def test_a_file_that_is_gone_is_named_with_what_to_do(sampling: Any, make_run: MakeRun) -> None:
    maker = sampling({1: "x"})
    run = make_run(spec={"outputs": {"responses": {"run": maker.pk, "file": "other.jsonl"}}})
    with pytest.raises(RunFailed, match=r"other\.jsonl is not there\. Copy it back, or sample anew\."):
        records(run, "responses")
