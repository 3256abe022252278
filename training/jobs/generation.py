"""Token by token generation for one conversation, reproducible under any number of neighbours.

transformers' `generate` draws from torch's global generator, so two streams at once would change each
other's samples. This loop owns its generator and its cache. It knows nothing about HTTP.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from training.jobs.checkpoints import whole
from training.jobs.context_length import context_length
from training.jobs.control_tokens import Message
from training.jobs.conversations import Encoder
from training.jobs.end_tokens import end_tokens, flat, turn_end
from training.jobs.rendering import Unencodable
from training.jobs.templates import TEMPLATES

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
UNFINISHED = "\N{REPLACEMENT CHARACTER}"  # A decoder shows it while a character's bytes are still arriving.


@dataclass(frozen=True)
class Sampling:
    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 512
    seed: int = 0


class Policy:
    """A causal language model and its tokenizer, ready to answer."""

    def __init__(self, directory: str, trusted: bool = False) -> None:
        """`trusted`: an admin allowed the code that the checkpoint brings."""
        self.tokenizer: Any = AutoTokenizer.from_pretrained(directory, trust_remote_code=trusted)
        loading = {"use_safetensors": True, "dtype": "auto", "trust_remote_code": trusted}
        self.model: Any = whole(AutoModelForCausalLM, Path(directory), self.tokenizer, loading).eval()
        self.model.to(DEVICE)
        self.context = context_length(self.model.config)
        self.encoders: dict[str, Encoder] = {}
        # Where the tokenizer has no template, who asks may name any of ours.
        named = () if self.tokenizer.chat_template else TEMPLATES.values()
        ends = [turn_end(self.tokenizer, template.jinja) for template in named]
        self.ends = flat(*end_tokens(Path(directory), self.tokenizer, trusted), *ends)

    def encode(self, messages: Sequence[Message], template: str = "") -> torch.Tensor:
        """Token ids of shape (1, length) that end where the answer begins.

        ValueError where the template refuses, or leaves no room for an answer. A tokenizer without a template takes
        the one that is named.
        """
        return placed(self.encoder(template).prompt, messages, self.context and self.context - 1)

    def encoder(self, template: str) -> Encoder:
        if template not in self.encoders:
            tokenizer = copy(self.tokenizer)
            if template and not tokenizer.chat_template:
                tokenizer.chat_template = TEMPLATES[template].jinja
            self.encoders[template] = Encoder(tokenizer)
        return self.encoders[template]

    def stream(self, ids: torch.Tensor, sampling: Sampling) -> "AnswerStream":
        return AnswerStream(self, ids, sampling)

    @torch.inference_mode()
    def tokens(self, ids: torch.Tensor, sampling: Sampling) -> Iterator[int]:
        """The answer's tokens, the one that ends it included, as many as are wanted and there is room for."""
        generator = torch.Generator(device=ids.device).manual_seed(sampling.seed)
        room = sampling.max_tokens if self.context is None else min(sampling.max_tokens, self.context - ids.shape[1])
        cache = None
        for _ in range(room):
            output = self.model(input_ids=ids, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            token = draw(output.logits[0, -1].float(), sampling, generator)
            yield token
            if token in self.ends:
                return
            ids = torch.tensor([[token]], device=ids.device)


class AnswerStream:
    """Pieces of an answer as they come; their concatenation is the answer. After the last it knows why it ended."""

    finish_reason: Literal["stop", "length"] = "length"

    def __init__(self, policy: Policy, ids: torch.Tensor, sampling: Sampling) -> None:
        self.policy = policy
        self.pieces = self.read(policy.tokens(ids, sampling))

    def __iter__(self) -> Iterator[str]:
        return self.pieces

    def __next__(self) -> str:
        return next(self.pieces)

    def read(self, tokens: Iterator[int]) -> Iterator[str]:
        answer: list[int] = []
        shown = ""
        for token in tokens:
            if token in self.policy.ends:
                self.finish_reason = "stop"
                return
            answer.append(token)
            text = self.policy.tokenizer.decode(answer, skip_special_tokens=True)
            if not text.endswith(UNFINISHED) and len(text) > len(shown):
                yield text[len(shown) :]
                shown = text


class RewardModel:
    """A sequence classifier with one label: its logit is the reward."""

    def __init__(self, directory: str, trusted: bool = False) -> None:
        """`trusted`: an admin allowed the code that the checkpoint brings."""
        tokenizer = AutoTokenizer.from_pretrained(directory, trust_remote_code=trusted)
        self.encoder = Encoder(tokenizer)
        loading = {"use_safetensors": True, "trust_remote_code": trusted, "num_labels": 1}
        self.model: Any = whole(AutoModelForSequenceClassification, Path(directory), tokenizer, loading).eval()
        self.model.to(DEVICE)

    @torch.inference_mode()
    def score(self, messages: Sequence[dict[str, str]]) -> float:
        """ValueError where the template refuses, or where the model cannot read so much."""
        ids = placed(self.encoder.whole, messages, context_length(self.model.config))
        return float(self.model(input_ids=ids).logits[0, 0])


def placed(
    encode: Callable[[Sequence[Message]], list[int]], messages: Sequence[Message], most: int | None
) -> torch.Tensor:
    """Token ids on the device, at most so many. Raises ValueError."""
    try:
        ids = encode(messages)
    except Unencodable as refused:
        raise ValueError(str(refused)) from refused
    if most is not None and len(ids) > most:
        raise ValueError(f"the conversation has {len(ids):,} tokens, and it can read {most:,}. Begin a new one.")
    return torch.tensor([ids], device=DEVICE)


def draw(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The next token: the likeliest at temperature 0, else a draw from the nucleus of mass `top_p`."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    probabilities, order = torch.softmax(logits / sampling.temperature, dim=-1).sort(descending=True)
    beyond = probabilities.cumsum(-1) - probabilities >= sampling.top_p
    probabilities[beyond] = 0
    return int(order[torch.multinomial(probabilities, 1, generator=generator)])
