"""What a run needs of each GPU is known at its launch, and what no machine has is refused there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Version
from training.models import Checkpoint, Run, Worker
from training.runs import launching
from training.runs.estimates import estimate
from training.runs.forms import FormInvalid
from training.runs.launching import Place

LORA = {"lora_rank": 16}


@pytest.fixture
def llama(make_checkpoint: Callable[..., Checkpoint]) -> Checkpoint:
    return make_checkpoint("llama-7b", parameters=6_738_415_616)


@pytest.fixture
def launched(llama: Checkpoint, corpus: Version, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    return lambda **settings: launching.launch("sft", settings, checkpoint=llama, inputs={"train": corpus})


def machine(many: int, memory_mib: int, name: str = "w1") -> None:
    card = {"name": "NVIDIA A100", "memory_mib": memory_mib}
    gpus = [card | {"uuid": f"GPU-{name}{n}", "index": n} for n in range(many)]
    Worker.objects.create(name=name, queue="gpu", details={"gpus": gpus}, last_seen_at=timezone.now())


@pytest.mark.parametrize(
    ("kind", "chosen", "gigabytes"),
    [
        ("sft", {"gpus": 1}, 107.8),
        ("sft", {"gpus": 8, "sharding": "zero3"}, 13.5),
        ("sft", {"gpus": 8, "sharding": "zero2"}, 37.1),
        ("sft", {"gpus": 1, "optimizer": "adamw_8bit"}, 67.4),
        ("sft", {"gpus": 1, "lora_rank": 16}, 14.6),
        ("sample", {"gpus": 1}, 13.5),
        ("sample", {"gpus": 2, "tensor_parallel": 2}, 6.7),
    ],
)
def test_it_is_of_weights_and_optimiser(
    llama: Checkpoint, kind: str, chosen: dict[str, Any], gigabytes: float
) -> None:
    assert estimate(kind, chosen, llama) == {"gpu_gb": gigabytes}


def test_without_gpus_or_a_known_size_there_is_none(llama: Checkpoint) -> None:
    assert estimate("sft", {"gpus": 0}, llama) == {}
    llama.parameters = None
    assert estimate("sft", {"gpus": 1}, llama) == {}


@pytest.mark.parametrize("chosen", [{"sharding": "zero3", "offload": "all"}, {"optimizer": "paged_adamw"}])
def test_what_leaves_a_full_gpu_has_none(llama: Checkpoint, chosen: dict[str, Any]) -> None:
    assert estimate("sft", {"gpus": 8} | chosen, llama) == {}


def test_a_run_keeps_it_and_a_person_may_know_better(launched: Callable[..., Run]) -> None:
    machine(2, 143_771)
    assert launched(gpus=1).gb_wanted == 107.8
    assert launched(gpus=1, gpu_size=60).gb_wanted == 60


def test_what_no_machine_has_is_refused_with_the_field_and_the_largest(launched: Callable[..., Run]) -> None:
    machine(2, 40_960)
    machine(1, 40_960, "w2")
    with pytest.raises(FormInvalid) as refused:
        launched(gpus=1)
    says = "No machine has 1 GPU of at least 108 GB. The largest, w1, has 2 × NVIDIA A100 (40 GiB)."
    assert refused.value.errors["gpu_size"].startswith(says) and "LoRA" in refused.value.errors["gpu_size"]
    with pytest.raises(FormInvalid) as refused:
        launched(gpus=8, **LORA)
    assert refused.value.errors["gpus"].startswith("No machine has 8 GPUs")
    assert not Run.objects.exists()
    launched(gpus=1, **LORA)


def test_where_no_worker_is_on_nobody_can_say_and_the_run_waits(launched: Callable[..., Run]) -> None:
    assert launched(gpus=8).state == "queued"


def test_a_stage_waits_for_a_machine_that_may_be_away(launched: Callable[..., Run], corpus: Version) -> None:
    machine(1, 40_960)
    recipe = Run.objects.create(kind="recipe", name="xwin", spec={}, queue="cpu", priority="low")
    place = Place(recipe, "base")
    stage = launching.launch("create", {"gpus": 1, "gpu_size": 999}, inputs={"corpus": corpus}, place=place)
    assert (stage.state, stage.priority) == ("queued", "low")


def test_packages_that_no_machine_has_are_refused_at_the_setting_that_asks_for_them(
    launched: Callable[..., Run],
) -> None:
    machine(8, 143_771)
    Worker.objects.update(details=Worker.objects.get().details | {"versions": {"torch": "2.13.0"}})
    with pytest.raises(FormInvalid) as refused:
        launched(gpus=8, sharding="zero3")
    assert refused.value.errors["sharding"].startswith("No machine has the packages that it needs. On w1 deepspeed is")
