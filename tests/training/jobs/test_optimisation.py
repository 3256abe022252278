"""Optimisers and learning rates: the course that a run logs is the one that transformers' schedulers give."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import get_scheduler

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, make
from tests.training.jobs.test_sft import weights
from training.jobs import running
from training.jobs.optimisation import in_steps, optimisation
from training.jobs.trainers import arguments
from training.jobs.watching import OVERFLOWS, Diverged, Watched
from training.specs import Sft

RATE, STEPS = 1e-2, 8
LONG = {"max_steps": STEPS, "learning_rate": RATE}


def course(name: str, warmup: int, **options: Any) -> list[float]:
    """The rate of each step: what the scheduler says after so many."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = get_scheduler(name, optimizer, warmup, STEPS, options)
    found = []
    for _ in range(STEPS):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            {"schedule": "cosine", "min_learning_rate": 2e-3, "warmup_steps": 3},
            course("cosine_with_min_lr", 3, min_lr=2e-3),
        ),
        (
            {"schedule": "warmup_stable_decay", "decay": 0.45, "decay_shape": "1-sqrt", "warmup": 0.25},
            course("warmup_stable_decay", 2, num_decay_steps=4, decay_type="1-sqrt", min_lr_ratio=0.0),
        ),
        (
            {"schedule": "cosine_with_restarts", "cycles": 3, "warmup": 0.0},
            course("cosine_with_restarts", 0, num_cycles=3),
        ),
    ],
)
def test_a_run_logs_the_rates_of_the_schedule(
    do: Run, base: str, asked: dict[str, Any], expected: list[float]
) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, **LONG | asked)
    told = [row["learning_rate"] for row in run.read_metrics()[0] if "learning_rate" in row]
    assert told == pytest.approx(expected) and len(set(told)) > 3


@pytest.mark.parametrize(
    ("asked", "name", "options"),
    [
        ({"schedule": "cosine"}, "cosine", {}),
        ({"schedule": "linear"}, "linear", {}),
        ({"schedule": "constant"}, "constant", {}),
        ({"schedule": "inverse_sqrt"}, "inverse_sqrt", {}),
        ({"schedule": "polynomial", "power": 2.0}, "polynomial", {"lr_end": 0.0, "power": 2.0}),
        ({"schedule": "polynomial", "min_learning_rate": 1e-6}, "polynomial", {"lr_end": 1e-6, "power": 1.0}),
    ],
)
def test_each_schedule_has_the_options_that_transformers_reads(
    asked: dict[str, Any], name: str, options: dict[str, Any]
) -> None:
    given = optimisation(Sft(**asked))
    assert (given["lr_scheduler_type"], given["lr_scheduler_kwargs"]) == (name, options)
    # Unknown options are a TypeError of the scheduler.
    assert course(name, 2, **options)


def test_a_share_of_decay_becomes_steps_once() -> None:
    whole = in_steps({"num_decay_steps": 1.0}, 12)
    assert whole == in_steps(whole, 12) == {"num_decay_steps": 12}
    assert in_steps(None, 12) == {}


def test_betas_epsilon_and_warm_up_reach_the_trainer(tmp_path: Path) -> None:
    wanted: dict[str, Any] = {"adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-6, "warmup_steps": 40}
    run = make(tmp_path / "run", "sft", base="/models/none", **wanted)
    given = arguments(running.Job(run, run.spec, running.StopRequest(run)))
    assert {name: given[name] for name in wanted} == wanted


def test_adafactor_and_other_betas_lead_elsewhere(do: Run, base: str) -> None:
    asked: dict[str, dict[str, Any]] = {
        "adamw": {},
        "adafactor": {"optimizer": "adafactor"},
        "betas": {"adam_beta1": 0.5, "adam_beta2": 0.9},
    }
    ended = [
        weights(do("sft", {"train": DEMONSTRATIONS}, name, base=base, **one)[0].output) for name, one in asked.items()
    ]
    name = "model.layers.0.mlp.up_proj.weight"
    assert not any(torch.allclose(ended[0][name], other[name]) for other in ended[1:])
    assert all(torch.isfinite(one[name]).all() for one in ended)


class Norms:
    """A trainer of which only the norms of gradients are known."""

    def __init__(self, args: Any) -> None:
        self.args, self.state, self.model = args, SimpleNamespace(global_step=0), None

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> float:
        return float(grad_norm)


class WatchedNorms(Watched, Norms):
    pass


def watched(fp16: bool) -> Any:
    return WatchedNorms(args=SimpleNamespace(device=torch.device("cuda"), fp16=fp16, fsdp=None))


def test_a_gradient_that_overflows_fp16_is_left_out_until_no_scale_helps() -> None:
    infinite, trainer = float("inf"), watched(fp16=True)
    for _ in range(3):
        assert [trainer._get_grad_norm(None, infinite) for _ in range(OVERFLOWS)] == [infinite] * OVERFLOWS
        assert trainer._get_grad_norm(None, 1.0) == 1.0
    with pytest.raises(Diverged, match="gradient of step 1"):
        [trainer._get_grad_norm(None, infinite) for _ in range(OVERFLOWS + 1)]
    with pytest.raises(Diverged):
        watched(fp16=False)._get_grad_norm(None, infinite)
