"""Engines that answer prompts: transformers anywhere, vLLM where it is installed. One small interface.

What is asked, and what is done with answers, is in the programs beside this folder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

from training.specs import Draw, Engine, Sample, SpecError

Message = dict[str, str]
Reason = Literal["too_long", "refused"]


@dataclass(frozen=True)
class Answer:
    """`turns` are the answers of a conversation that has several; `text` shows all of them.

    `logprob` is the sum over its tokens, what ended it included, of what the model gave them: natural logarithms, at
    temperature 1, before penalties and cuts. None where nobody asked for it.
    """

    text: str
    finish_reason: Literal["stop", "length"]
    tokens: int
    prompt_tokens: int
    turns: tuple[str, ...] = ()
    logprob: float | None = None


@dataclass(frozen=True)
class AnswerRequest:
    """`n` answers to one conversation that ends in a user's turn."""

    prompt: Sequence[Message]
    n: int


@dataclass(frozen=True)
class Refusal:
    """Why a conversation cannot be answered: `reason` is counted, `words` are for the log."""

    reason: Reason
    words: str


class Sampler(Protocol):
    """An engine with its model loaded."""

    name: str

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer] | Refusal]:
        """For each ask, in order, its answers, or why it has none; the same seed gives the same answers."""

    def close(self) -> None:
        """Its memory is free for the next one."""


def chosen_engine(wanted: Engine, on_gpu: bool) -> Literal["transformers", "vllm"]:
    """Raises SpecError where vLLM is wanted and absent."""
    installed = find_spec("vllm") is not None
    if wanted == "vllm" and not installed:
        raise SpecError("engine", "vllm is not installed here; install it or use transformers")
    return "vllm" if wanted == "vllm" or (wanted == "auto" and installed and on_gpu) else "transformers"


def load_sampler(spec: Sample, base: Path) -> Sampler:
    if chosen_engine(spec.engine, spec.gpus > 0) == "vllm":
        from training.jobs.engines.with_vllm import VllmSampler

        return VllmSampler(spec, base)
    from training.jobs.engines.with_transformers import TransformersSampler

    return TransformersSampler(spec, base)
