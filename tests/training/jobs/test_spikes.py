"""A loss that jumps ends a training in words; one that only grows from nothing does not."""

from pathlib import Path

import pytest

from tests.training.jobs.conftest import make
from tests.training.jobs.test_trainers import control, job, state
from training.jobs.spikes import FEW, Spikes
from training.jobs.trainers import ProgressCallback, in_words
from training.jobs.watching import Spiked
from training.specs import Sft


def spikes(*before: float, **settings: float) -> Spikes:
    found = Spikes(Sft(**settings))  # type: ignore[arg-type]
    found.remember(before)
    return found


@pytest.mark.parametrize(
    ("before", "loss", "usual"),
    [
        ((2.0, *[1.0] * FEW), 5.1, 1.0),
        ((2.0, *[1.0] * FEW), 4.9, None),
        # A tenfold of next to nothing, and still below its beginning.
        ((2.0, *[0.01] * FEW), 0.5, None),
        ((2.0, *[0.01] * FEW), 2.1, 0.01),
        ((2.0, *[1.0] * (FEW - 2)), 50.0, None),
        ((0.1, *[-1.0] * FEW), 3.0, None),
    ],
)
def test_a_spike_is_above_a_multiple_of_the_median_and_above_the_beginning(
    before: tuple[float, ...], loss: float, usual: float | None
) -> None:
    assert spikes(*before).usual(loss) == usual


def test_the_median_is_of_the_last_points_and_a_factor_of_zero_goes_on() -> None:
    settling = [8.0] * 40 + [1.0] * 10
    assert spikes(*settling, spike_window=10).usual(9.0) == 1.0
    assert spikes(*settling, spike_window=60).usual(9.0) is None
    assert spikes(*settling, spike_window=10, spike_factor=0.0).usual(900.0) is None


def test_a_run_that_spikes_says_step_value_and_remedy_and_remembers_what_was_before_a_resumption(
    tmp_path: Path,
) -> None:
    run = make(tmp_path / "run", "sft", base="/models/none")
    teller, resumed = ProgressCallback(job(run)), state(30, 100)
    resumed.log_history = [{"loss": 1.0, "step": step} for step in range(30)] + [{"eval_loss": 9.0, "step": 30}]
    teller.on_train_begin(None, resumed, control())
    with pytest.raises(Spiked) as caught:
        teller.on_log(None, state(31), control(), {"loss": 8.5})
    says = in_words(caught.value, job(run))
    assert "the loss of step 31 is 8.5, over 5 times its running median of 1." in says
    assert "Lower learning_rate" in says and "with spike_factor 0 a run goes on" in says
