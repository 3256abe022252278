"""Sampling with transformers: a prompt is read once for all of its responses, and finished ones leave the batch."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.jobs.checkpoints import device, load_policy, set_threads
from training.jobs.context_length import context_length
from training.jobs.conversations import Encoder
from training.jobs.end_tokens import flat
from training.jobs.engines import Answer, AnswerRequest, Refusal
from training.jobs.engines.codec import Codec, EncodedPrompt
from training.jobs.engines.drawing import Adjustment, pick
from training.jobs.tokenizer import load_tokenizer
from training.specs import Draw, Sample

# Finished rows stay until this share of a batch is done: to drop them copies the cache.
LEAVE_TOGETHER = 0.25


class TransformersSampler:
    name = "transformers"

    def __init__(self, spec: Sample, base: Path) -> None:
        set_threads(spec)
        self.batch_size, self.logprobs = spec.batch_size, spec.logprobs
        tokenizer = load_tokenizer(base, spec)
        self.pad: int = tokenizer.pad_token_id
        self.model: Any = load_policy(base, spec, tokenizer).to(device(spec)).eval()
        ends = tuple(flat(self.model.generation_config.eos_token_id))
        context = context_length(self.model.config, spec.max_context)
        self.codec = Codec(Encoder(tokenizer), ends, context, spec.max_tokens)

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer] | Refusal]:
        generator = torch.Generator(device=self.model.device).manual_seed(seed)
        found = self.codec.encode(asks)
        prompts = {place: one for place, one in enumerate(found) if isinstance(one, EncodedPrompt)}
        answers: dict[int, list[Answer]] = {place: [] for place in prompts}
        for batch in batches(prompts, self.batch_size):
            said = self.decode([prompts[place] for place in batch], draw, generator)
            for place, one in zip(batch, said, strict=True):
                answers[place].append(self.codec.answer(one.tokens, len(prompts[place].ids), draw, one.logprob))
        yield from (one if isinstance(one, Refusal) else answers[place] for place, one in enumerate(found))

    def close(self) -> None:
        del self.model
        gc.collect()
        torch.cuda.empty_cache()

    @torch.inference_mode()
    def decode(self, prompts: Sequence[EncodedPrompt], draw: Draw, generator: torch.Generator) -> list["Said"]:
        """What is said after each prompt."""
        said = [Said(logprob=0.0 if self.logprobs else None) for _ in prompts]
        rows = DecodingRows.after(self.model, [prompt.ids for prompt in prompts], self.pad)
        adjustment = Adjustment(draw, self.codec.ends, [prompt.ids for prompt in prompts], rows.logits)
        while True:
            tokens = pick(adjustment.adjusted(rows.logits, rows.places), draw, generator)
            adjustment.note(tokens, rows.places)
            likely = chances(rows.logits, tokens) if self.logprobs else [None] * len(tokens)
            finished = []
            for place, token, chance in zip(rows.places, tokens.tolist(), likely, strict=True):
                if place >= 0:
                    said[place].add(token, chance)
                full = place < 0 or len(said[place].tokens) == prompts[place].room
                finished.append(full or self.codec.has_ended(said[place].tokens, draw))
            if not rows.leave(finished):
                return said
            rows.advance(self.model, tokens)


@dataclass
class Said:
    """Tokens of an answer, the one that ends it included, and the sum of their log-probabilities."""

    tokens: list[int] = field(default_factory=list)
    logprob: float | None = None

    def add(self, token: int, chance: float | None) -> None:
        self.tokens.append(token)
        if self.logprob is not None and chance is not None:
            self.logprob += chance


def chances(logits: torch.Tensor, tokens: torch.Tensor) -> list[float]:
    """The log-probability that the model gave to each row's token."""
    found: list[float] = torch.log_softmax(logits.float(), dim=-1).gather(1, tokens[:, None])[:, 0].tolist()
    return found


def batches(prompts: Mapping[int, EncodedPrompt], size: int) -> Iterator[list[int]]:
    """Places of prompts, each as often as it wants answers. Those of like length go together: little is padding."""
    order = sorted(prompts, key=lambda place: len(prompts[place].ids))
    wanted = [place for place in order for _ in range(prompts[place].n)]
    yield from (wanted[start : start + size] for start in range(0, len(wanted), size))


@dataclass
class DecodingRows:
    """Answers that are being decoded side by side. `places` says which each row is, −1 for one that is finished."""

    places: list[int]
    logits: torch.Tensor
    cache: Any
    mask: torch.Tensor

    @classmethod
    def after(cls, model: Any, prompts: Sequence[list[int]], pad: int) -> "DecodingRows":
        """Read each different prompt once, padded on the left, and give every answer its copy of what was read."""
        different = list(dict.fromkeys(map(tuple, prompts)))
        width = max(map(len, different))
        ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in different], device=model.device)
        mask = torch.tensor(
            [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in different], device=model.device
        )
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        output = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1)
        number = {prompt: row for row, prompt in enumerate(different)}
        rows = torch.tensor([number[tuple(prompt)] for prompt in prompts], device=model.device)
        output.past_key_values.batch_select_indices(rows)
        return cls(list(range(len(prompts))), output.logits[rows, -1], output.past_key_values, mask[rows])

    def leave(self, finished: Sequence[bool]) -> bool:
        """Note which rows are finished. False where none goes on."""
        self.places = [-1 if done else place for place, done in zip(self.places, finished, strict=True)]
        return any(place >= 0 for place in self.places)

    def advance(self, model: Any, tokens: torch.Tensor) -> None:
        """One more token for each row."""
        tokens = self.drop_finished(tokens)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], dim=1)
        positions = self.mask.sum(-1, keepdim=True) - 1
        output = model(
            input_ids=tokens[:, None],
            attention_mask=self.mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
        )
        self.logits = output.logits[:, -1]

    def drop_finished(self, tokens: torch.Tensor) -> torch.Tensor:
        going = [row for row, place in enumerate(self.places) if place >= 0]
        if len(going) > len(self.places) * (1 - LEAVE_TOGETHER):
            return tokens
        rows = torch.tensor(going, device=tokens.device)
        self.places = [self.places[row] for row in going]
        self.mask = self.mask[rows]
        self.cache.batch_select_indices(rows)
        return tokens[rows]
