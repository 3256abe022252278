"""Tokens a second, and what a card does where there is one."""

import time
from types import SimpleNamespace

import pytest

from training.jobs import pace
from training.jobs.pace import Pace


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
