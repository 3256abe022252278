"""Answers to the same few prompts while a policy learns, in `samples.jsonl`: what no curve says.

They are greedy, so no random number is drawn for them, and what is learnt is the same with and without.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from math import ceil
from typing import Any

import torch
from transformers import GenerationConfig, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from trl.models.utils import unwrap_model_for_generation

from training.jobs.context_length import context_length
from training.jobs.conversations import Encoder
from training.jobs.end_tokens import flat
from training.jobs.engines import AnswerRequest
from training.jobs.engines.codec import Codec, EncodedPrompt
from training.jobs.mixture import digest
from training.jobs.running import Job, is_first
from training.rundir import append_lines, is_held_out
from training.specs import Draw
from training.specs.trainers import Answering

# Times that answers are shown, at most: a run of 100,000 steps would fill a page with them.
TIMES = 100
# Tokens of an answer, at most: its beginning says how a policy answers.
LONGEST = 256
GREEDY = Draw(temperature=0.0)

Record = dict[str, Any]


def show_answers(job: Job[Any], trainer: Any, encoder: Encoder) -> None:
    """Have the trainer answer on the way, where the spec asks for it."""
    if job.spec.shown:
        trainer.add_callback(ShownAnswers(job, trainer, encoder))


class ShownAnswers(TrainerCallback):
    def __init__(self, job: Job[Answering], trainer: Any, encoder: Encoder) -> None:
        self.job, self.trainer = job, trainer
        self.ends = tuple(flat(trainer.model.generation_config.eos_token_id))
        context = context_length(trainer.model.config, job.spec.max_length)
        self.codec = Codec(encoder, self.ends, context, LONGEST)
        self.prompts = list(islice(self.encoded(), job.spec.shown))

    def encoded(self) -> Iterator[tuple[Record, EncodedPrompt]]:
        """Different prompts of the run's data that can be asked, each with its tokens; those held out come first."""
        seen = set[bytes]()
        for held_out in (True, False):
            for record in self.job.records("train"):
                if is_held_out(record) is held_out and digest(record) not in seen:
                    seen.add(digest(record))
                    found = self.codec.encoded(AnswerRequest(record["prompt"], 1))
                    if isinstance(found, EncodedPrompt):
                        yield record, found

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if not state.global_step:
            self.show(0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        every = max(self.job.spec.show_every, ceil(state.max_steps / TIMES))
        if not state.global_step % every or state.global_step == state.max_steps:
            self.show(state.global_step)

    def show(self, step: int) -> None:
        """All processes answer, since they may hold the model together; the first writes."""
        if not self.prompts:
            return
        said = self.answers([prompt.ids for _, prompt in self.prompts], max(prompt.room for _, prompt in self.prompts))
        if is_first():
            append_lines(self.job.run.samples, list(self.lines(step, said)))

    def lines(self, step: int, said: Sequence[list[int]]) -> Iterator[Record]:
        for place, ((record, prompt), tokens) in enumerate(zip(self.prompts, said, strict=True)):
            answer = self.codec.answer(tokens[: prompt.room], len(prompt.ids), GREEDY)
            yield {
                "step": step,
                "prompt_id": record.get("prompt_id", place),
                "prompt": record["prompt"],
                "response": answer.text,
                "reward": None,
                "finish_reason": answer.finish_reason,
            }

    @torch.no_grad()
    def answers(self, prompts: Sequence[list[int]], most: int) -> list[list[int]]:
        """The tokens said after each prompt, the one that ends an answer included."""
        trainer, pad = self.trainer, self.codec.encoder.tokenizer.pad_token_id
        width = max(map(len, prompts))
        ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        asked = GenerationConfig(
            do_sample=False, max_new_tokens=most, eos_token_id=list(self.ends), pad_token_id=pad, use_cache=True
        )
        was_training, device = trainer.model.training, trainer.accelerator.device
        trainer.model.eval()
        with self.unwrapped() as model, trainer.accelerator.autocast():
            found = model.generate(ids.to(device), attention_mask=mask.to(device), generation_config=asked)
        trainer.model.train(was_training)
        return [self.until_end(row) for row in found[:, width:].tolist()]

    def unwrapped(self) -> AbstractContextManager[Any]:
        """Without what computes activations twice. ZeRO-3 gathers a layer at a time: all may fit no card."""
        unwrapped: AbstractContextManager[Any] = unwrap_model_for_generation(
            self.trainer.model_wrapped,
            self.trainer.accelerator,
            gather_deepspeed3_params=False,
            gradient_checkpointing_kwargs=self.trainer.args.gradient_checkpointing_kwargs,
        )
        return unwrapped

    def until_end(self, tokens: list[int]) -> list[int]:
        """Without the padding behind the token that ends an answer."""
        end = next((place for place, token in enumerate(tokens) if token in self.ends), len(tokens))
        return tokens[: end + 1]
