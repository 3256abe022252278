"""Tokens a second, and what a card does where there is one."""

import time

import pytest

from training.jobs.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([100.0, 110.0, 120.0, 125.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.mark.usefixtures("clock")
def test_tokens_a_second_are_those_between_two_logged_steps() -> None:
    pace = Pace()
    # What a start before this one learnt is in the first number: nothing is said of it.
    assert pace.measured({"num_tokens": 50_000.0}) == {}
    assert pace.measured({"num_tokens": 51_000.0}) == {"tokens_per_second": 100.0}
    assert pace.measured({"train_loss": 1.0}) == {}
    assert pace.measured({"num_tokens": 51_050.0}) == {"tokens_per_second": 10.0}
