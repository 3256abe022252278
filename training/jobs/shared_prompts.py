"""A pair's prompt read once for both of its responses, in place of once for each.

A row of the shared batch is `prompt | last token of the prompt + chosen | the same token + rejected`. Each response
sees the prompt and itself, at the positions that it has alone, so every log-probability is what it is with padding.
The prompt's last token is there for each response, since it says the first token of both.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from training.specs import SpecError

IGNORED = -100
# The parts of a row.
PROMPT, PADDING = 0, 3
# What a forward pass says of each place.
PER_TOKEN = ("log_probs", "entropy", "log_sum_sq_probs", "mean_logits", "is_top1")
# Of the sum over a response, between one way of reading it and the other: of fp32, and of 16 bits.
CLOSE = {torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 2e-2}
REMEDY = "leave share_prompts off"


@dataclass(frozen=True)
class Pairs:
    """A batch of TRL's: chosen responses first, then as many rejected ones, each behind its prompt; shapes (2n, l)."""

    ids: Tensor
    attention: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.ids) // 2

    def spans(self) -> Iterator[tuple[int, int, int]]:
        """Of each pair: how long its prompt is, and where both rows end."""
        prompts = (self.labels != IGNORED).int().argmax(1).tolist()
        ends = self.attention.sum(1).tolist()
        yield from zip(prompts, ends, ends[len(self) :], strict=False)

    def row(self, number: int, prompt: int, chosen: int, rejected: int) -> tuple[Tensor, ...]:
        """Ids, positions, labels and parts of one pair; `prompt` is its length, the others where both rows end."""
        first, other = prompt - 1, number + len(self)
        pieces = ((number, 0, first), (number, first, chosen), (other, first, rejected))
        return (
            torch.cat([self.ids[row, begin:end] for row, begin, end in pieces]),
            torch.cat([torch.arange(begin, end) for _, begin, end in pieces]),
            torch.cat([self.labels[row, begin:end] for row, begin, end in pieces]),
            torch.cat([torch.full((end - begin,), part) for part, (_, begin, end) in enumerate(pieces)]),
        )


@dataclass(frozen=True)
class SharedBatch:
    """Shapes (n, w): ids, positions, labels and which part a token belongs to; where each token was in the batch."""

    ids: Tensor
    positions: Tensor
    labels: Tensor
    parts: Tensor

    @classmethod
    def of(cls, pairs: Pairs) -> "SharedBatch":
        rows = [pairs.row(number, *span) for number, span in enumerate(pairs.spans())]
        fillings = (0, 0, IGNORED, PADDING)
        filled = [
            torch.nn.utils.rnn.pad_sequence(list(column), batch_first=True, padding_value=filling).to(pairs.ids.device)
            for column, filling in zip(zip(*rows, strict=True), fillings, strict=True)
        ]
        return cls(*filled)

    def seen(self) -> Tensor:
        """Shape (n, 1, w, w): whether a token (third) sees another (fourth). Padding sees padding: no row is empty."""
        asks, answers = self.parts[:, :, None], self.parts[:, None, :]
        width = self.ids.shape[1]
        before = torch.ones(width, width, dtype=torch.bool, device=self.ids.device).tril()
        return (before & ((asks == answers) | (answers == PROMPT) & (asks != PADDING)))[:, None]

    def apart(self, said: Tensor, pairs: Pairs) -> Tensor:
        """What was said of the shared places, as of the batch: shapes (n, w − 1) to (2n, l − 1)."""
        found = said.new_zeros(pairs.ids.shape[0], pairs.ids.shape[1] - 1)
        for number, (prompt, chosen, rejected) in enumerate(pairs.spans()):
            first = prompt - 1
            # The token before a label says it: of n tokens of a response behind the prompt's last one, n.
            for row, begin, end in ((number, first, chosen), (number + len(pairs), chosen, rejected)):
                found[row, first : end - 1] = said[number, begin : begin + end - 1 - first]
        return found


def share_prompts(model: Any) -> None:
    """Have a causal model with TRL's head read pairs so, wherever TRL asks for log-probabilities."""
    forward, takes_booleans = model.forward, model.config._attn_implementation == "sdpa"

    @functools.wraps(forward)
    def shared(*given: Any, fused_lm_head: bool = False, **named: Any) -> Any:
        if not fused_lm_head:
            return forward(*given, **named)
        pairs = Pairs(named.pop("input_ids"), named.pop("attention_mask"), named.pop("labels"))
        batch = SharedBatch.of(pairs)
        seen = batch.seen()
        mask = seen if takes_booleans else torch.zeros(seen.shape, device=seen.device).masked_fill(~seen, -1e30)
        outputs = forward(
            input_ids=batch.ids,
            attention_mask=mask,
            position_ids=batch.positions,
            labels=batch.labels,
            fused_lm_head=True,
            **named,
        )
        said = {name: getattr(outputs, name) for name in PER_TOKEN}
        apart = {name: batch.apart(each, pairs) for name, each in said.items() if each is not None}
        return replace(outputs, **apart)

    model.forward = shared


def share_in(trainer: Any, max_length: int) -> None:
    """The policy and the reference of a trainer. Raises SpecError where a model would say something else so."""
    policy = trainer.accelerator.unwrap_model(trainer.model)
    models = [policy.get_base_model() if hasattr(policy, "get_base_model") else policy]
    if trainer.ref_model is not None:
        models.append(trainer.accelerator.unwrap_model(trainer.ref_model))
    refuse_architecture(models[0].config.get_text_config(), max_length)
    few = min(trainer.args.per_device_train_batch_size, len(trainer.train_dataset))
    # Without the trainer's own loader, which would draw from the generators that the training goes on with.
    batch = trainer._prepare_inputs(trainer.data_collator([trainer.train_dataset[place] for place in range(few)]))
    asked = {name: batch[name] for name in ("input_ids", "attention_mask")}
    asked["labels"] = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, IGNORED)
    for model in models:
        if not says_the_same(model, asked):
            kind = model.config.model_type
            raise SpecError("share_prompts", f"{kind} says another thing of a shared prompt; {REMEDY}")


def says_the_same(model: Any, asked: dict[str, Tensor]) -> bool:
    """Have a model share prompts; whether these pairs get what they got without. Some take a mask of padding only."""
    before = said(model, asked)
    share_prompts(model)
    try:
        after = said(model, asked)
    except ValueError:
        return False
    close = CLOSE[model.dtype]
    return bool(torch.allclose(after, before, rtol=close, atol=close))


@torch.no_grad()
def said(model: Any, asked: dict[str, Tensor]) -> Tensor:
    """Summed log-probabilities, without dropout; shape (2n,)."""
    training = model.training
    model.eval()
    found: Tensor = model(**asked, use_cache=False, fused_lm_head=True).log_probs.sum(1)
    model.train(training)
    return found


def refuse_architecture(config: Any, max_length: int) -> None:
    """Raises SpecError where one batch could be read the same and another not."""
    if config._attn_implementation not in ("sdpa", "eager"):
        problem = f"{config._attn_implementation} takes no mask of its own; choose attention sdpa, or {REMEDY}"
        raise SpecError("share_prompts", problem)
    window = getattr(config, "sliding_window", None)
    if window and max_length > window:
        problem = f"the model looks back {window} tokens only; set max_length to {window} at most, or {REMEDY}"
        raise SpecError("share_prompts", problem)
    if hasattr(config, "output_router_logits"):
        raise SpecError("share_prompts", f"experts would be balanced by other tokens; {REMEDY}")
