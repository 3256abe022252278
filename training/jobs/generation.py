"""Token by token generation for one conversation, reproducible under any number of neighbours.

transformers' `generate` draws from torch's global generator, so two streams at once would change each
other's samples. This loop owns its generator and its cache. It knows nothing about HTTP.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

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
        self.model: Any = AutoModelForCausalLM.from_pretrained(directory, **loading).eval()
        self.model.to(DEVICE)

    def encode(self, messages: Sequence[dict[str, str]], template: str = "") -> torch.Tensor:
        """Token ids of shape (1, length) that end where the answer begins. ValueError where the template refuses.

        A tokenizer without a template takes the one that is named.
        """
        named = template and not self.tokenizer.chat_template
        options = {"chat_template": TEMPLATES[template].jinja} if named else {}
        return encode(self.tokenizer, messages, add_generation_prompt=True, **options)

    def stream(self, ids: torch.Tensor, sampling: Sampling) -> Iterator[str]:
        """Pieces of the answer as they come; their concatenation is the answer."""
        answer: list[int] = []
        shown = ""
        for token in self.tokens(ids, sampling):
            answer.append(token)
            text = self.tokenizer.decode(answer, skip_special_tokens=True)
            if not text.endswith(UNFINISHED) and len(text) > len(shown):
                yield text[len(shown) :]
                shown = text

    @torch.inference_mode()
    def tokens(self, ids: torch.Tensor, sampling: Sampling) -> Iterator[int]:
        generator = torch.Generator(device=ids.device).manual_seed(sampling.seed)
        stops = stop_ids(self.model.generation_config.eos_token_id, self.tokenizer.eos_token_id)
        cache = None
        for _ in range(sampling.max_tokens):
            output = self.model(input_ids=ids, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            token = draw(output.logits[0, -1].float(), sampling, generator)
            if token in stops:
                return
            yield token
            ids = torch.tensor([[token]], device=ids.device)


class RewardModel:
    """A sequence classifier with one label: its logit is the reward."""

    def __init__(self, directory: str, trusted: bool = False) -> None:
        """`trusted`: an admin allowed the code that the checkpoint brings."""
        self.tokenizer: Any = AutoTokenizer.from_pretrained(directory, trust_remote_code=trusted)
        loading = {"use_safetensors": True, "trust_remote_code": trusted}
        self.model: Any = AutoModelForSequenceClassification.from_pretrained(directory, **loading).eval()
        self.model.to(DEVICE)

    @torch.inference_mode()
    def score(self, messages: Sequence[dict[str, str]]) -> float:
        return float(self.model(input_ids=encode(self.tokenizer, messages)).logits[0, 0])


def encode(tokenizer: Any, messages: Sequence[dict[str, str]], **options: bool | str) -> torch.Tensor:
    try:
        rendered = tokenizer.apply_chat_template(list(messages), return_tensors="pt", return_dict=True, **options)
    except TemplateError as error:
        raise ValueError(f"the chat template refuses these messages: {error}") from error
    ids: torch.Tensor = rendered["input_ids"].to(DEVICE)
    return ids


def stop_ids(*candidates: int | list[int] | None) -> set[int]:
    """Every token that ends an answer: a config gives one, several or none."""
    flat = [entry if isinstance(entry, list) else [entry] for entry in candidates if entry is not None]
    return {token for entry in flat for token in entry}


def draw(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The next token: the likeliest at temperature 0, else a draw from the nucleus of mass `top_p`."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    probabilities, order = torch.softmax(logits / sampling.temperature, dim=-1).sort(descending=True)
    beyond = probabilities.cumsum(-1) - probabilities >= sampling.top_p
    probabilities[beyond] = 0
    return int(order[torch.multinomial(probabilities, 1, generator=generator)])
