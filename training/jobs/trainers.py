"""What the three trainers share: arguments, what they tell while they train, how they stop and go on."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.jobs.checkpoints import merge_adapter
from training.jobs.running import Job, JobStopped, is_first, log
from training.rundir import MetricsWriter, ProgressWriter
from training.specs import SpecError, Training

# What a `Trainer` writes beside the weights and is no weight: a pickle of its arguments, a model card for the hub.
NOT_OURS = ("training_args.bin", "README.md")


def arguments(job: Job[Any]) -> dict[str, Any]:
    """Keyword arguments for any of TRL's configurations."""
    spec: Training = job.spec
    return {
        "output_dir": str(job.run.checkpoints),
        "seed": spec.seed,
        "data_seed": spec.seed,
        "learning_rate": spec.learning_rate,
        "num_train_epochs": spec.epochs,
        "max_steps": spec.max_steps,
        "per_device_train_batch_size": spec.device_batch_size,
        "per_device_eval_batch_size": spec.device_batch_size,
        "gradient_accumulation_steps": spec.accumulation,
        "lr_scheduler_type": spec.schedule,
        "warmup_steps": spec.warmup,
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "train_sampling_strategy": "group_by_length" if spec.group_by_length else "random",
        "gradient_checkpointing": spec.gradient_checkpointing,
        "bf16": spec.precision == "bf16",
        "use_cpu": not spec.gpus,
        "logging_steps": spec.log_every,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "save_steps": spec.save_every,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        # A row's `length` is for the sampler; no collator minds it.
        "remove_unused_columns": False,
        # Rows were cut or dropped, and counted, by the encoder.
        "max_length": None,
    }


def dataset(job: Job[Any], rows: Iterable[dict[str, Any]]) -> Dataset:
    """Raises SpecError where no row is left to learn from."""
    found = list(rows)
    if not found:
        raise SpecError("data", f"leaves nothing to learn from: {dict(job.found.counts)}")
    return Dataset.from_list(found)


class ProgressCallback(TrainerCallback):
    """Metrics and progress as they come; a wish to stop becomes a checkpoint and the end."""

    def __init__(self, job: Job[Any]) -> None:
        self.job = job
        self.metrics = MetricsWriter(job.run.path / "metrics.jsonl") if is_first() else None
        self.ticker: ProgressWriter | None = None
        self.stopped = False

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if is_first():
            self.ticker = ProgressWriter(self.job.run, state.max_steps, "steps", state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.ticker:
            self.ticker.tell(state.global_step)
        if state.global_step < state.max_steps and agreed(self.job.stop.asked):
            self.stopped = control.should_save = control.should_training_stop = True

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        if self.metrics:
            self.metrics.append(state.global_step, {name: float(value) for name, value in logs.items()})


def agreed(asked: bool) -> bool:
    """Whether any process was asked: all of them must stop after the same step, or the others wait forever."""
    if not torch.distributed.is_initialized():
        return asked
    where = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    flag = torch.tensor(int(asked), device=where)
    torch.distributed.all_reduce(flag, torch.distributed.ReduceOp.MAX)
    return bool(flag.item())


def adapter(spec: Training, task: str) -> Any:
    """LoRA on every linear layer, or None."""
    if not spec.lora_rank:
        return None
    from peft import LoraConfig

    head = {"modules_to_save": ["score"]} if task == "SEQ_CLS" else {}
    return LoraConfig(
        r=spec.lora_rank, lora_alpha=spec.lora_alpha, target_modules="all-linear", task_type=task, bias="none", **head
    )


def fit(job: Job[Any], trainer: Any) -> None:
    """Train to the end from the newest complete checkpoint, or raise JobStopped with one more."""
    teller = ProgressCallback(job)
    trainer.add_callback(teller)
    newest = job.run.newest_checkpoint()
    if newest:
        job.found.resumed_from = newest.name
        log.info("going on from %s", newest.name)
    outcome = trainer.train(resume_from_checkpoint=str(newest) if newest else None)
    if teller.stopped:
        raise JobStopped
    job.found.counts["steps"] = trainer.state.global_step
    job.found.figures["train_loss"] = outcome.training_loss


def save(job: Job[Any], trainer: Any, load: Callable[[], Any]) -> None:
    """The weights as one plain checkpoint in `output/`, which every engine loads. `load` gives the untrained base."""
    target = job.run.checkpoints / "adapter" if job.spec.lora_rank else job.run.output
    trainer.save_model(str(target))
    if not is_first():
        return
    if job.spec.lora_rank:
        merge_adapter(target, load(), job.run.output)
        trainer.processing_class.save_pretrained(job.run.output)
    for name in NOT_OURS:
        (job.run.output / name).unlink(missing_ok=True)
    job.found.figures["parameters"] = trainer.model.num_parameters()
