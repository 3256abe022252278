"""A training that goes on from a checkpoint, or ends with its best one, has its weights in any family."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM

from tests.training.architectures.families import publish
from tests.training.jobs.conftest import DEMONSTRATIONS, make, perform
from training.jobs.running import StopRequest
from training.jobs.watching import load_renamed
from training.rundir import RunDir

# The names in their files are not those of their modules; the last one's are.
FAMILIES = ("gpt_neox", "gemma3_vision", "llama2")
LEARNS: dict[str, Any] = {"template": "chatml", "replace_template": True, "max_length": 400, "warmup": 0.0}


def losses(run: RunDir) -> dict[float, float]:
    return {row["step"]: row["loss"] for row in run.read_metrics()[0] if "loss" in row}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stopped_training_goes_on_as_if_it_had_not_been_stopped(family: str, tmp_path: Path) -> None:
    base = publish(family, tmp_path / "base")
    data, settings = {"train": DEMONSTRATIONS}, LEARNS | {"base": str(base), "max_steps": 3}
    whole, run = (make(tmp_path / name, "sft", data, **settings) for name in ("whole", "stopped"))
    assert perform(whole).state == "succeeded"
    assert perform(run, StopRequest(run, signalled=True)).state == "cancelled"
    result = perform(run)
    assert result.resumed_from == "checkpoint-1"
    assert losses(run) == losses(whole)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_found_under_the_names_that_they_were_saved_with(family: str, tmp_path: Path) -> None:
    base = publish(family, tmp_path)
    model, kept = (AutoModelForCausalLM.from_pretrained(base) for _ in range(2))
    for weight in model.parameters():
        weight.data.zero_()
    load_renamed(base, model)
    found = {name for name, weight in model.state_dict().items() if weight.equal(kept.state_dict()[name])}
    # Where all names are the model's own, a trainer has loaded them before.
    assert (found == set(kept.state_dict())) is (family != "llama2")
