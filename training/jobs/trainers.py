"""What the three trainers share: arguments, what they tell while they train, how they stop, go on and end."""

from collections.abc import Callable
from math import ceil, isfinite
from typing import Any

import torch
from transformers import EarlyStoppingCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_pt_utils import get_model_param_count

from training.jobs.adapters import merge_adapter
from training.jobs.checkpoints import count_parameters
from training.jobs.kept_adapters import keep
from training.jobs.optimisation import optimisation
from training.jobs.pace import Pace
from training.jobs.processes import arrange, load_alone
from training.jobs.running import Job, JobFailed, JobStopped, is_first, log
from training.jobs.spikes import Spikes
from training.jobs.trackers import trackers
from training.jobs.watching import Diverged, Spiked
from training.rundir import MetricsWriter, ProgressWriter
from training.specs import Training

# Of a curve, at most: a run of 100,000 steps that logs each of them would fill its page and the table of metrics.
POINTS = 2_000
# What a `Trainer` writes beside the weights and is no weight: a pickle of its arguments, a model card for the hub.
NOT_OURS = ("training_args.bin", "README.md")
# What it logs of its own pace is no curve, and neither is its last line, which knows this start only.
NO_CURVES = ("_runtime", "_per_second", "eval_num_tokens")
LAST_LINE = "train_runtime"
# TRL's names of what is measured on held-out rows.
MEASURED = {
    "eval_loss": "loss",
    "eval_accuracy": "accuracy",
    "eval_margin": "margin",
    "eval_rewards/accuracies": "accuracy",
    "eval_rewards/margins": "margin",
    "eval_mean_token_accuracy": "token_accuracy",
    "eval_reward": "reward",
    "eval_kl": "kl",
}


def arguments(job: Job[Any]) -> dict[str, Any]:
    """Keyword arguments for any of TRL's configurations. To be asked for before any weights are loaded."""
    spec: Training = job.spec
    return {
        **arrange(spec, job.run.path),
        **optimisation(spec),
        **measurements(spec),
        **trackers(spec, job.run),
        "output_dir": str(job.run.checkpoints),
        "seed": spec.seed,
        "data_seed": spec.row_seed,
        "per_device_train_batch_size": spec.device_batch_size,
        "per_device_eval_batch_size": spec.device_batch_size,
        "gradient_accumulation_steps": spec.accumulation,
        "train_sampling_strategy": "group_by_length" if spec.group_by_length else "random",
        "gradient_checkpointing": spec.gradient_checkpointing and spec.sharding != "fsdp",
        "activation_offloading": spec.activation_offload,
        "use_liger_kernel": spec.liger,
        "torch_compile": spec.compile,
        "bf16": spec.precision == "bf16",
        "fp16": spec.precision == "fp16",
        "logging_steps": spec.log_every,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "save_total_limit": 2,
        "disable_tqdm": True,
        # A row's `length` is for the sampler; no collator minds it.
        "remove_unused_columns": False,
        # Rows were cut or dropped, and counted, by the encoder.
        "max_length": None,
    }


def measurements(spec: Training) -> dict[str, Any]:
    """When to measure on held-out rows, and what hangs on it. Only weights that were saved can be kept as the best."""
    if not spec.eval_every:
        return {"save_steps": spec.save_every}
    best = spec.keep == "best"
    return {
        "eval_strategy": "steps",
        "eval_steps": spec.eval_every,
        "metric_for_best_model": "eval_loss" if best or spec.patience else None,
        "greater_is_better": False,
        "load_best_model_at_end": best,
        "save_steps": spec.eval_every if best else spec.save_every,
        "restore_callback_states_from_checkpoint": spec.patience > 0,
    }


class ProgressCallback(TrainerCallback):
    """Metrics and progress as they come; a wish to stop becomes a checkpoint and the end."""

    def __init__(self, job: Job[Any]) -> None:
        self.job = job
        self.metrics = MetricsWriter(job.run.path / "metrics.jsonl") if is_first() else None
        self.ticker: ProgressWriter | None = None
        self.pace = Pace()
        self.spikes = Spikes(job.spec)
        self.stopped = False

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        # A point is the mean of the steps since the one before it, so a long run's curve loses no step.
        state.logging_steps = max(state.logging_steps, ceil(state.max_steps / POINTS))
        self.spikes.remember(logged["loss"] for logged in state.log_history if "loss" in logged)
        if is_first():
            self.ticker = ProgressWriter(self.job.run, state.max_steps, "steps", state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.ticker:
            self.ticker.tell(state.global_step)
        if state.global_step < state.max_steps and agreed(self.job.stop.asked):
            self.stopped = control.should_save = control.should_training_stop = True
        # So that a checkpoint knows the loss of every step before it.
        control.should_log |= control.should_save or control.should_training_stop

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        """Raises Diverged."""
        if self.metrics and LAST_LINE not in logs:
            # TRL says None of what no row of a batch has.
            told = {name: value for name, value in logs.items() if value is not None}
            curves = {name: float(value) for name, value in told.items() if not name.endswith(NO_CURVES)}
            self.metrics.append(state.global_step, curves | self.pace.measured(logs))
        for name in ("loss", "eval_loss"):
            if not isfinite(logs.get(name, 0.0)):
                raise Diverged(f"the {name} of step {state.global_step} is not a finite number", state.global_step)
        if "loss" in logs and (usual := self.spikes.usual(logs["loss"])) is not None:
            self.stop_at_spike(logs["loss"], usual, state.global_step)

    def stop_at_spike(self, loss: float, usual: float, step: int) -> None:
        """Raises Diverged."""
        factor = self.job.spec.spike_factor
        what = f"the loss of step {step} is {loss:.4g}, over {factor:g} times its running median of {usual:.4g}"
        raise Spiked(what, step)


def agreed(asked: bool) -> bool:
    """Whether any process was asked: all of them must stop after the same step, or the others wait forever."""
    if not torch.distributed.is_initialized():
        return asked
    where = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    flag = torch.tensor(int(asked), device=where)
    torch.distributed.all_reduce(flag, torch.distributed.ReduceOp.MAX)
    return bool(flag.item())


def fit(job: Job[Any], trainer: Any) -> None:
    """Train to the end from the newest complete checkpoint, or raise JobStopped with one more. Raises JobFailed."""
    teller = ProgressCallback(job)
    teller.pace.know(job.spec, get_model_param_count(trainer.model))
    trainer.add_callback(teller)
    if job.spec.patience:
        trainer.add_callback(EarlyStoppingCallback(job.spec.patience))
    newest = job.run.newest_checkpoint()
    if newest:
        job.found.resumed_from = newest.name
        log.info("going on from %s", newest.name)
    try:
        trainer.train(resume_from_checkpoint=str(newest) if newest else None)
    except Diverged as end:
        raise JobFailed(in_words(end, job)) from end
    if teller.stopped:
        raise JobStopped
    job.found.counts["steps"] = trainer.state.global_step
    job.found.figures["train_loss"] = mean_loss(trainer.state.log_history)
    if trainer.eval_dataset is not None:
        job.found.figures["held_out"] = measured(job, trainer)


def in_words(end: Diverged, job: Job[Any]) -> str:
    """What happened, what is left, and what to do about it."""
    kept = job.run.newest_checkpoint()
    left = f"the last checkpoint before it is checkpoints/{kept.name}" if kept else "there is no checkpoint before it"
    if end.step == 1:
        remedy = (
            f"The base or the data are broken, or {job.spec.precision} overflows: try precision fp32, and look at"
            " the log"
        )
    else:
        remedy = f"Lower learning_rate ({job.spec.learning_rate:g}), raise warmup, or lower max_grad_norm"
    if isinstance(end, Spiked):
        remedy += ", and resume; with spike_factor 0 a run goes on whatever its loss is"
    return f"The training diverged: {end}. No weights were kept; {left}. {remedy}."


def mean_loss(history: list[dict[str, float]]) -> float:
    """Over all steps, also those before a resumption: each logged loss is the mean of the steps since the last."""
    total, done = 0.0, 0.0
    for logged in history:
        if "loss" in logged:
            total += logged["loss"] * (logged["step"] - done)
            done = logged["step"]
    return total / max(done, 1)


def measured(job: Job[Any], trainer: Any) -> dict[str, Any]:
    """What the kept weights say on held-out rows, and after which step they were kept."""
    state = trainer.state
    if not job.spec.eval_every:
        trainer.evaluate()
    kept = state.best_global_step if job.spec.keep == "best" else state.global_step
    logged = next(logs for logs in reversed(state.log_history) if logs["step"] == kept and "eval_loss" in logs)
    found = {MEASURED[name]: value for name, value in logged.items() if name in MEASURED}
    return {"n": len(trainer.eval_dataset), "step": kept, **found}


def save(job: Job[Any], trainer: Any, load: Callable[[], Any]) -> None:
    """The weights as one plain checkpoint in `output/`, which every engine loads, or an adapter that is kept.

    `load` gives the untrained base.
    """
    merges = job.spec.lora_rank and job.spec.adapter == "merge"
    target = job.run.checkpoints / "adapter" if merges else job.run.output
    trainer.save_model(str(target))
    if not is_first():
        return
    if job.spec.lora_rank and not merges:
        keep(trainer.accelerator.unwrap_model(trainer.model).get_base_model(), job.checkpoint("base"), target)
    if merges:
        merge_adapter(target, load_alone(load), job.run.output)
        trainer.processing_class.save_pretrained(job.run.output)
    for name in NOT_OURS:
        (job.run.output / name).unlink(missing_ok=True)
    job.found.figures["parameters"] = count_parameters(job.run.output)
