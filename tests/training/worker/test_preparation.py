"""A run's directory before its program starts: whole, the same when it is written again, or refused in words."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Version
from training.models import Run, RunVersion
from training.rundir import RunDir
from training.worker import preparation
from training.worker.preparation import PreparationFailed, prepare

pytestmark = pytest.mark.django_db

MakeRun = Callable[..., Run]
HERE = {"missing": [], "gpus": [], "host": "here"}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What this worker's machine has."""
    has = dict(HERE)
    monkeypatch.setattr(preparation, "machine", lambda: has)
    return has


@pytest.fixture
def make(make_run: MakeRun, corpus: Version) -> Callable[..., Run]:
    def made(kind: str = "keep_best", outputs: dict[str, Any] | None = None, **settings: Any) -> Run:
        run = make_run(kind=kind, spec={"settings": settings, "outputs": outputs or {}})
        RunVersion.objects.create(run=run, version=corpus, role="input", name="responses")
        return run

    return made


def test_the_spec_names_data_by_its_digest(make: Callable[..., Run], corpus: Version) -> None:
    spec = prepare(make(seed=5)).spec
    assert (spec.seed, spec.data["responses"].sha256) == (5, corpus.digest)


def test_again_after_an_interruption_what_is_whole_stays(make: Callable[..., Run]) -> None:
    run = make()
    data = prepare(run).path / "data" / "responses.jsonl"
    before = data.stat().st_mtime_ns
    assert prepare(run).spec.data["responses"].path == "data/responses.jsonl"
    assert data.stat().st_mtime_ns == before


def test_a_file_that_another_run_left_is_referred_to_and_not_copied(make: Callable[..., Run]) -> None:
    maker = make()
    output = RunDir(maker.directory).output
    output.mkdir(parents=True)
    (output / "scores.jsonl").write_text('{"score": 1}\n')
    prepared = prepare(make(outputs={"scores": {"run": maker.pk, "file": "scores.jsonl"}}))
    file = prepared.spec.data["scores"]
    assert prepared.resolve(file.path) == output / "scores.jsonl"
    assert list(prepared.read_data(file)) == [{"score": 1}]


def test_a_file_that_is_gone_is_named_with_what_to_do(make: Callable[..., Run]) -> None:
    maker = make()
    with pytest.raises(PreparationFailed, match=r"left no scores\.jsonl\. Make it anew, or copy"):
        prepare(make(outputs={"scores": {"run": maker.pk, "file": "scores.jsonl"}}))


def test_a_worker_without_torch_trains_nothing_and_says_how_to_add_it(
    make: Callable[..., Run], here: dict[str, Any]
) -> None:
    here["missing"] = ["torch", "trl"]
    with pytest.raises(PreparationFailed, match=r"lacks torch, trl\. .* make run EXTRAS=train"):
        prepare(make("sft", precision="fp32", gpus=0))
    assert prepare(make()).spec.kind == "keep_best"


def test_more_gpus_than_there_are_is_said_in_numbers(make: Callable[..., Run]) -> None:
    with pytest.raises(PreparationFailed, match="asks for 2 GPUs; here has 0"):
        prepare(make("sft", gpus=2))
