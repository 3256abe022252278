"""What is asked of TRL's trainers besides training: to end where a loss is no number, and to weigh by rows."""

from math import isfinite
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers.trainer_pt_utils import LengthGroupedSampler

from training.jobs.adapters import keep_dropout
from training.jobs.checkpoints import weights_in
from training.jobs.fsdp import after_trainer, before_trainer
from training.jobs.optimisation import in_steps
from training.jobs.room import must_have_room
from training.jobs.running import log

# In fp16 a gradient that is too large halves the scale of the loss, and its step is left out. So many in a row lead
# from the first scale, 65,536, below 1: then the loss itself is too large.
OVERFLOWS = 20


class Diverged(Exception):
    """A training that comes to nothing: `what` happened at a step of the optimiser."""

    def __init__(self, what: str, step: int) -> None:
        super().__init__(what)
        self.step = step


class Spiked(Diverged):
    """A loss that jumped."""


class ByLength(LengthGroupedSampler):
    """transformers', which draws from the generator of everything else: this one by the seed of rows and the epoch."""

    def __init__(self, like: LengthGroupedSampler, seed: int) -> None:
        super().__init__(like.batch_size, lengths=like.lengths)
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        self.generator = torch.Generator().manual_seed(self.seed + epoch)


class Watched:
    """To be named before one of TRL's trainers among the bases of a class.

    TRL's averages give each batch of held-out rows the same weight, also to a last one of a single row. Here a batch
    weighs as much as it has rows.
    """

    def __init__(self, *given: Any, args: Any, **named: Any) -> None:
        self.batches = list[int]()
        self.overflows = 0
        if args.device.type == "cpu":
            # accelerate calls that of several processes cpu:0, by which torch.load finds no optimiser's state again.
            vars(args)["_setup_devices"] = torch.device("cpu")
        if args.fsdp:
            before_trainer(args)
        super().__init__(*given, args=args, **named)  # type: ignore[call-arg]
        if args.fsdp:
            after_trainer(self)
        keep_dropout(self.model)  # type: ignore[attr-defined]

    def _get_train_sampler(self, *given: Any) -> Any:
        sampler = super()._get_train_sampler(*given)  # type: ignore[misc]
        if isinstance(sampler, LengthGroupedSampler):
            return ByLength(sampler, self.args.data_seed)  # type: ignore[attr-defined]
        return sampler

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """transformers', which wants the steps of a decay as a number."""
        args = self.args  # type: ignore[attr-defined]
        args.lr_scheduler_kwargs = in_steps(args.lr_scheduler_kwargs, num_training_steps)
        return super().create_scheduler(num_training_steps, optimizer)  # type: ignore[misc]

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """The norm, before the step is made and the same in all processes. Raises Diverged.

        A loss that is no number gives such a gradient. DeepSpeed says -1 for it, and has made the step by then.
        """
        norm = super()._get_grad_norm(model, grad_norm)  # type: ignore[misc]
        is_number = norm is None or (isfinite(norm) and norm >= 0)
        self.overflows = 0 if is_number else self.overflows + 1
        if self.overflows > (OVERFLOWS if self.args.fp16 else 0):  # type: ignore[attr-defined]
            step = self.state.global_step + 1  # type: ignore[attr-defined]
            raise Diverged(f"the gradient of step {step} is not a finite number", step)
        return norm

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Raises JobFailed where the disk has no room for it."""
        must_have_room(Path(self.args.output_dir), self.model.parameters())  # type: ignore[attr-defined]
        super()._save_checkpoint(model, trial)  # type: ignore[misc]

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """Tied weights once: DeepSpeed gathers them twice, and a loader would take them for weights of their own."""
        tied = getattr(self.model, "all_tied_weights_keys", {})  # type: ignore[attr-defined]
        if state_dict is not None:
            state_dict = {name: weight for name, weight in state_dict.items() if name not in tied}
        super()._save(output_dir, state_dict)  # type: ignore[misc]

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]
        load_renamed(Path(resume_from_checkpoint), model or self.model)  # type: ignore[attr-defined]

    def _load_best_model(self) -> None:
        super()._load_best_model()  # type: ignore[misc]
        if not self.is_deepspeed_enabled:  # type: ignore[attr-defined]
            load_renamed(Path(self.state.best_model_checkpoint), self.model)  # type: ignore[attr-defined]

    def prediction_step(self, model: Any, inputs: Any, *given: Any, **named: Any) -> Any:
        self.batches.append(self.rows_at_once())
        return super().prediction_step(model, inputs, *given, **named)  # type: ignore[misc]

    def rows_at_once(self) -> int:
        """Rows that all processes hold; of the last batch only those that were not filled in to make it even."""
        state = self.accelerator.gradient_state  # type: ignore[attr-defined]
        whole = self.args.per_device_eval_batch_size * self.args.world_size  # type: ignore[attr-defined]
        return int(state.remainder if state.end_of_dataloader and state.remainder > 0 else whole)

    def log(self, logs: dict[str, float], *given: Any, **named: Any) -> None:
        if not self.model.training:  # type: ignore[attr-defined]
            measured = self._metrics["eval"]  # type: ignore[attr-defined]
            measured.update({name: [self.averaged(name, values)] for name, values in measured.items()})
            self.batches.clear()
        super().log(logs, *given, **named)  # type: ignore[misc]

    def averaged(self, name: str, values: list[float]) -> float:
        """Of what was measured on each batch of held-out rows."""
        return weighed(values, self.batches)


def weighed(values: list[float], rows: list[int]) -> float:
    """The average over rows of a value for each batch; what was said once for all is left as it is."""
    if len(values) != len(rows):
        return values[-1]
    return sum(value * count for value, count in zip(values, rows, strict=True)) / sum(rows)


def load_renamed(folder: Path, model: Any) -> None:
    """The weights of a checkpoint whose file has other names for them than the model.

    GPT-NeoX and Gemma 3 with pictures, among others, are saved under the names that they were published with. A
    `Trainer` looks for the model's own, and leaves what it does not find as it was before all training.
    """
    if isinstance(model, PeftModel) or not weights_in(folder) - set(model.state_dict()):
        return
    log.info("weights of %s are read under the names that they were published with", folder.name)
    kept = type(model).from_pretrained(folder, dtype=model.dtype, use_safetensors=True)
    model.load_state_dict(kept.state_dict())
