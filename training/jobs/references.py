"""The reference that a policy is held against: which weights it has, and how it is found again where it moves."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_model, save_model
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from training.jobs.checkpoints import load_policy, load_reference
from training.jobs.running import Job
from training.specs.against_reference import AgainstReference

# In a checkpoint, beside the policy's weights.
NAME = "reference.safetensors"


def followed(spec: AgainstReference) -> dict[str, Any]:
    """TRL's arguments for a reference that moves to the policy."""
    if not spec.sync_every:
        return {}
    return {
        "sync_ref_model": True,
        "ref_model_sync_steps": spec.sync_every,
        "ref_model_mixup_alpha": spec.sync_share,
    }


def reference(job: Job[Any], tokenizer: Any) -> Any:
    """None with adapters: then the base itself is the reference, and TRL switches them off.

    One that moves is held as exactly as the policy, and is that of the checkpoint from which the run goes on.
    """
    spec: AgainstReference = job.spec
    if spec.lora_rank and not spec.reference:
        return None
    directory = job.checkpoint("reference" if spec.reference else "base")
    if not spec.sync_every:
        return load_reference(directory, spec, tokenizer)
    model = load_policy(directory, spec, tokenizer)
    if newest := job.run.newest_checkpoint():
        load_model(model, newest / NAME)
    return model


class Kept:
    """To be named before one of TRL's trainers: a reference that moves is part of each checkpoint."""

    def _save_checkpoint(self: Any, model: Any, trial: Any) -> None:
        """The reference first: what makes a checkpoint complete is written last."""
        if self.args.sync_ref_model and self.args.should_save:
            folder = Path(self.args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
            folder.mkdir(parents=True, exist_ok=True)
            save_model(self.accelerator.unwrap_model(self.ref_model), str(folder / NAME))
        super()._save_checkpoint(model, trial)  # type: ignore[misc]
