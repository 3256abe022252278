"""A checkpoint's tokenizer: a padding token of its own, a template that ends answers. Knows nothing of torch."""

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from training.jobs.templates import TEMPLATES
from training.specs import Spec, Training

PAD = "<pad>"


def load_tokenizer(directory: Path, spec: Spec) -> Any:
    """The checkpoint's tokenizer, with the spec's chat template and a padding token that is no other token.

    Were padding and EOS one token, a reward model would read its score one token early.
    """
    tokenizer = AutoTokenizer.from_pretrained(directory, trust_remote_code=spec.trust_remote_code)
    if isinstance(spec, Training) and spec.chat_template:
        # A browser sends a line's end as two characters.
        tokenizer.chat_template = spec.chat_template.replace("\r\n", "\n")
        if spec.template_tokens:
            tokenizer.add_special_tokens({"additional_special_tokens": list(spec.template_tokens)})
    elif spec.template != "own":
        apply_template(tokenizer, spec.template)
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        tokenizer.add_special_tokens({"pad_token": PAD})
    return tokenizer


def apply_template(tokenizer: Any, name: str) -> None:
    template = TEMPLATES[name]
    tokenizer.chat_template = template.jinja
    if template.tokens:
        tokenizer.add_special_tokens({"additional_special_tokens": list(template.tokens)})
    if template.end in template.tokens or tokenizer.eos_token is None:
        tokenizer.add_special_tokens({"eos_token": template.end})
