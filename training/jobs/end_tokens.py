"""Which tokens end an answer. A model may have several: Llama 3 ends a text with one and a turn with another."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from transformers import AutoConfig, GenerationConfig

ANSWER = "mmmm"


def end_tokens(directory: Path, tokenizer: Any, trust_remote_code: bool = False) -> tuple[int, ...]:
    """Ids: the tokenizer's EOS first, the one that its template ends an assistant's turn with, and those that the
    checkpoint's generation config, or else its config, names."""
    published: Any
    if (directory / "generation_config.json").is_file():
        published = GenerationConfig.from_pretrained(directory)
    else:
        published = AutoConfig.from_pretrained(directory, trust_remote_code=trust_remote_code).get_text_config()
    return tuple(flat(tokenizer.eos_token_id, turn_end(tokenizer, tokenizer.chat_template), published.eos_token_id))


def flat(*found: int | Sequence[int] | None) -> list[int]:
    """A config gives one, several or none; each is named once, in the order in which it came."""
    several: Iterable[Sequence[int]] = ([one] if isinstance(one, int) else one for one in found if one is not None)
    return list(dict.fromkeys(token for part in several for token in part))


def turn_end(tokenizer: Any, template: str | None) -> int | None:
    """The token that follows an assistant's text in the template, if it is one of the tokenizer's added tokens."""
    if not template:
        return None
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": ANSWER}]
    try:
        rendered: str = tokenizer.apply_chat_template(turns, chat_template=template, tokenize=False)
    except TemplateError:
        return None
    after = rendered.rpartition(ANSWER)[2].lstrip()
    added: dict[str, int] = tokenizer.get_added_vocab()
    fitting = [text for text in added if after.startswith(text)]
    return added[max(fitting, key=len)] if fitting else None
