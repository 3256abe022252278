"""What a policy that learns online is watched by: answers as they change, its distance from the base, its rewards."""

from math import ceil
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.jobs.rewarding import Rewarding
from training.jobs.running import Job, is_first, log
from training.rundir import append_lines
from training.specs import Online

# Times that answers are shown, at most: a run of 100,000 steps would fill a page with them.
TIMES = 100
# Of all logged points the first and the last share, whose mean rewards are compared.
SHARE = 0.1


class Shown(TrainerCallback):
    """Answers to the same prompts every so many steps, and what they are worth, in `samples.jsonl`."""

    def __init__(self, job: Job[Online], trainer: Any, rewarding: Rewarding, rows: list[dict[str, Any]]) -> None:
        self.job, self.trainer, self.rewarding, self.rows = job, trainer, rewarding, rows

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if not state.global_step:
            self.show(0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        every = max(self.job.spec.show_every, ceil(state.max_steps / TIMES))
        if not state.global_step % every or state.global_step == state.max_steps:
            self.show(state.global_step)

    def show(self, step: int) -> None:
        """All processes answer, since they may hold the model together; the first writes."""
        if not self.rows:
            return
        prompts = [row["prompt"] for row in self.rows]
        was_training = self.trainer.model.training
        self.trainer.model.eval()
        with torch.no_grad():
            said = self.trainer.said(prompts)
        self.trainer.model.train(was_training)
        if is_first():
            self.write(step, prompts, said)

    def write(self, step: int, prompts: list[list[int]], said: list[list[int]]) -> None:
        records = self.rewarding.records([row["messages"] for row in self.rows], prompts, said)
        rewards = self.rewarding.total(records)
        lines = [
            {
                "step": step,
                "prompt_id": row["prompt_id"],
                "prompt": row["messages"],
                "response": record["response"],
                "reward": reward,
                "finish_reason": self.rewarding.answer(ids, row["prompt"]).finish_reason,
            }
            for row, record, reward, ids in zip(self.rows, records, rewards, said, strict=True)
        ]
        append_lines(self.job.run.samples, lines)


class KlGuard(TrainerCallback):
    """Stops, or warns once, where the policy is further from its base than the spec allows."""

    def __init__(self, job: Job[Online]) -> None:
        self.job = job

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        spec, kl = self.job.spec, logs.get("kl")
        if not spec.kl_limit or kl is None or kl <= spec.kl_limit:
            return
        if "beyond_kl_limit" not in self.job.found.figures:
            self.job.found.figures["beyond_kl_limit"] = {"step": state.global_step, "kl": kl}
            log.warning("step %s: %.4f nats a token from the base, above %g", state.global_step, kl, spec.kl_limit)
        if spec.at_kl_limit == "stop":
            control.should_training_stop = True


def note_rewards(job: Job[Online], trainer: Any) -> None:
    """The mean reward at the beginning and at the end, of what was learnt from and of what was held out."""
    history, figures = trainer.state.log_history, job.found.figures
    learnt = [logs["reward"] for logs in history if logs.get("reward") is not None]
    if learnt:
        many = max(1, round(len(learnt) * SHARE))
        figures["reward"] = {"first": mean(learnt[:many]), "last": mean(learnt[-many:])}
    held_out = figures.get("held_out", {})
    # A loss of this kind says nothing of how good a policy is.
    held_out.pop("loss", None)
    before = [logs["eval_reward"] for logs in history if "eval_reward" in logs and not logs["step"]]
    if before:
        held_out["reward_before"] = before[0]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)
