"""A reward model's raw logit for many conversations, batched by length."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch


@torch.inference_mode()
def score_ids(model: Any, sequences: Sequence[Sequence[int]], batch_tokens: int) -> list[float]:
    """One logit for each sequence of token ids, in their order. `batch_tokens` counts padding."""
    model.eval()
    scores = [0.0] * len(sequences)
    for places in batches_by_length([len(ids) for ids in sequences], batch_tokens):
        inputs = padded([sequences[place] for place in places], model.config.pad_token_id)
        logits = model(**{name: tensor.to(model.device) for name, tensor in inputs.items()}).logits[:, 0]
        for place, score in zip(places, logits.float().tolist(), strict=True):
            scores[place] = score
    return scores


def batches_by_length(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Places, longest first, so that a batch that does not fit fails at the start."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def padded(sequences: Sequence[Sequence[int]], pad: int) -> dict[str, torch.Tensor]:
    """Padded on the right: a reward model reads its score at the last token that is no padding."""
    width = max(len(ids) for ids in sequences)
    ids = torch.tensor([[*ids, *[pad] * (width - len(ids))] for ids in sequences])
    mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in sequences])
    return {"input_ids": ids, "attention_mask": mask}
