"""A run's directory before its program starts: whole, the same when it is written again, or refused in words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Version
from studio.accounts.models import User
from training.checkpoints import remote_code
from training.models import Checkpoint, Run, RunCheckpoint, RunVersion
from training.rundir import RunDir
from training.specs import Dpo, Score
from training.worker import packages, preparation
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


@pytest.mark.parametrize(
    ("kind", "package", "chosen"),
    [
        ("sft", "deepspeed", {"gpus": 2, "sharding": "zero3"}),
        ("sft", "bitsandbytes", {"optimizer": "adamw_8bit"}),
        ("sft", "bitsandbytes", {"lora_rank": 4, "quantize": "4bit"}),
        ("dpo", "liger_kernel", {"liger": True}),
        ("dpo", "tensorboard", {"trackers": ["tensorboard"]}),
        ("sample", "vllm", {"gpus": 1, "engine": "vllm"}),
    ],
)
def test_a_worker_without_the_packages_for_gpus_says_how_to_add_them(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, kind: str, package: str, chosen: dict[str, Any]
) -> None:
    monkeypatch.setattr(preparation, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(PreparationFailed, match=f'lacks {package}. .* make run EXTRAS="train gpu"'):
        prepare(make(kind, **chosen))


def test_what_is_compiled_for_a_machine_is_installed_by_hand(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "find_spec", lambda name: None if name == "flash_attn" else object())
    with pytest.raises(PreparationFailed, match="lacks flash_attn. Install it: .venv/bin/pip install flash-attn"):
        prepare(make("sft", attention="flash_attention_2"))
    monkeypatch.setattr(preparation, "which", lambda name: None)
    with pytest.raises(PreparationFailed, match=r"has no C\+\+ compiler, and compile needs one. .* apt install g"):
        prepare(make("sft", compile=True))


def test_the_versions_of_its_first_start_are_kept(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("score", gpus=0)
    monkeypatch.setattr(packages, "installed", lambda: {"torch": "1.0"})
    monkeypatch.setattr(packages, "requires", lambda name: [])
    assert prepare(run).spec.versions == {"torch": "1.0"}
    monkeypatch.setattr(packages, "installed", lambda: {"torch": "2.0"})
    assert prepare(Run.objects.get(pk=run.pk)).spec.versions == {"torch": "1.0"}


def test_packages_that_do_not_go_together_are_named(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "installed", lambda: {"torch": "1.0", "transformers": "5.0"})
    monkeypatch.setattr(packages, "requires", lambda name: ["torch>=2"] if name == "transformers" else [])
    with pytest.raises(PreparationFailed, match=r"transformers 5\.0 needs torch >=2, and 1\.0 is installed"):
        prepare(make("score", gpus=0))


def test_a_reference_is_reached_as_the_base_is(
    make: Callable[..., Run], make_checkpoint: Callable[..., Checkpoint], tmp_path: Path
) -> None:
    base, against = make_checkpoint("base"), make_checkpoint("against")
    against.path = str(tmp_path)
    run = make("dpo", gpus=0)
    run.checkpoint, run.reference = base, against
    spec = prepare(run).spec
    assert isinstance(spec, Dpo) and (spec.base, spec.reference) == ("/models/tiny", str(tmp_path))
    Checkpoint.objects.filter(pk=against.pk).update(shared_by="Another")
    against.shared_by = "Another"
    with pytest.raises(PreparationFailed, match="no longer shares against"):
        prepare(run)


@pytest.mark.parametrize("allowed", [True, False])
def test_code_runs_where_it_was_allowed_for_the_checkpoint(
    make: Callable[..., Run], make_checkpoint: Callable[..., Checkpoint], ada: User, tmp_path: Path, allowed: bool
) -> None:
    (tmp_path / "modeling_new.py").touch()
    run = make("score", gpus=0)
    run.checkpoint = make_checkpoint("own", "reward")
    run.checkpoint.path = str(tmp_path)
    if allowed:
        remote_code.allow(run.checkpoint, ada)
    assert prepare(run).spec.trust_remote_code is allowed


def test_what_a_run_loads_besides_is_reached_in_its_order(
    make: Callable[..., Run], make_checkpoint: Callable[..., Checkpoint]
) -> None:
    run = make("score", gpus=0)
    for place in (1, 0):
        made = make_checkpoint(f"rm-{place}", "reward")
        Checkpoint.objects.filter(pk=made.pk).update(path=f"/models/rm-{place}")
        RunCheckpoint.objects.create(run=run, checkpoint=made, role="reward_models", place=place)
    spec = prepare(run).spec
    assert isinstance(spec, Score) and spec.reward_models == ("/models/rm-0", "/models/rm-1")
