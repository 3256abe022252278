"""Rows of tokens that a template added: where they begin."""

from typing import Any

import torch

from training.specs import SpecError


@torch.no_grad()
def begin_as(model: Any, tokenizer: Any, added: list[int], token: str) -> None:
    """Embedding and head of each added token as those of another. Raises SpecError where there is no such token."""
    like = tokenizer.get_vocab().get(token)
    if like is None or like in added:
        raise SpecError("new_tokens_as", f"the checkpoint's tokenizer has no token {token!r}")
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        if module is not None:
            module.weight[added] = module.weight[like].clone()
