"""Tokens a second, and what a card does where there is one."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from training.jobs import pace
from training.jobs.pace import Pace
from training.specs import Training


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([100.0, 110.0, 120.0, 125.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.mark.usefixtures("clock")
def test_tokens_a_second_are_those_between_two_logged_steps() -> None:
    found = Pace()
    # What a start before this one learnt is in the first number: nothing is said of it.
    assert found.measured({"num_tokens": 50_000.0}) == {}
    assert found.measured({"num_tokens": 51_000.0}) == {"tokens_per_second": 100.0}
    assert found.measured({"train_loss": 1.0}) == {}
    assert found.measured({"num_tokens": 51_050.0}) == {"tokens_per_second": 10.0}


class NVMLError(Exception):
    """As the driver's library has it."""


def test_a_card_says_its_memory_and_how_busy_it_is_where_the_driver_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (60 * 2**30, 80 * 2**30))
    monkeypatch.setattr(pace, "find_spec", lambda name: None)
    assert pace.card() == {"gpu_memory_gib": 20.0}
    monkeypatch.setattr(pace, "find_spec", lambda name: name)
    monkeypatch.setattr(pace, "import_module", lambda name: SimpleNamespace(NVMLError=NVMLError))
    monkeypatch.setattr("torch.cuda.utilization", lambda: 93)
    assert pace.card() == {"gpu_memory_gib": 20.0, "gpu_busy": 0.93}

    def sliced() -> int:
        raise NVMLError("not supported")

    monkeypatch.setattr("torch.cuda.utilization", sliced)
    assert pace.card() == {"gpu_memory_gib": 20.0}


def asked_of(card: str, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, float]:
    """What is said of 10,000 tokens a second of a model of 7e9 weights."""
    moments = iter([0.0, 1.0, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    monkeypatch.setattr("torch.cuda.is_available", lambda: bool(card))
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: card)
    monkeypatch.setattr(pace, "card", dict)
    found = Pace()
    found.know(Training(**settings), 7_000_000_000)
    assert "mfu" not in found.measured({"num_tokens": 10_000.0})
    return found.measured({"num_tokens": 20_000.0})


def test_the_share_of_the_peak_is_six_operations_for_a_token_and_a_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked_of("NVIDIA H100 80GB HBM3", monkeypatch)
    assert found == {"tokens_per_second": 10_000.0, "mfu": pytest.approx(6 * 7e9 * 10_000 / 989e12)}
    eight = asked_of("NVIDIA H100 80GB HBM3", monkeypatch, gpus=8, batch_size=128)
    assert eight["mfu"] == pytest.approx(found["mfu"] / 8)
    assert asked_of("NVIDIA H100 80GB HBM3", monkeypatch, lora_rank=16)["mfu"] == pytest.approx(found["mfu"] * 4 / 6)


@pytest.mark.parametrize("card", ["", "NVIDIA H200 MIG 1g.18gb", "Radeon Pro"])
def test_of_a_card_whose_peak_is_not_known_no_share_is_said(card: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_of(card, monkeypatch) == {"tokens_per_second": 10_000.0}


def test_nor_of_numbers_of_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_of("NVIDIA H100 80GB HBM3", monkeypatch, precision="fp32") == {"tokens_per_second": 10_000.0}
