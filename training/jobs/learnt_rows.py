"""Records as rows that SFT learns: conversations with the answers to learn, weighted turns, or plain documents.

Knows nothing of torch.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from training.jobs.conversations import IGNORED, Encoded, Encoder, Record, demonstrated
from training.jobs.rendering import Unencodable
from training.specs import SpecError

Row = dict[str, Any]


def weighted(encoder: Encoder, records: Iterable[Record]) -> Iterator[Row]:
    """Rows of `input_ids`, `labels` and `weights`, one for each token. A record has a `weight` for all of its answers,
    or a list of one for each; none is 1. An answer of weight 0 is read and not learnt.
    """
    for record in records:
        for found in encoder.tried(record, encoder.conversation, demonstrated(record)):
            try:
                weights = token_weights(found[0], record)
            except Unencodable as refused:
                encoder.drop(record, refused)
                continue
            yield from encoder.kept(record, found[0], [weight > 0 for weight in weights], {"weights": weights})


def token_weights(row: Encoded, record: Record) -> list[float]:
    """Raises Unencodable."""
    marks = [0.0] * len(row.ids)
    for places, weight in zip(row.answers, answer_weights(row, record.get("weight", 1.0)), strict=True):
        marks[places.start : places.stop] = [weight] * len(places)
    return marks


def answer_weights(row: Encoded, given: Any) -> list[float]:
    said = len(row.answers) + row.skipped
    weights = [given] * said if not isinstance(given, list) else given
    if len(weights) != said:
        raise Unencodable("weights", f"it has {said} answers and {len(weights)} weights")
    if row.skipped and len(set(weights)) > 1:
        raise Unencodable("weights", "the chat template does not show every answer, so their weights have no place")
    if not all(isinstance(weight, int | float) and isfinite(weight) and weight >= 0 for weight in weights):
        raise Unencodable("weights", "a weight is no number of at least 0")
    return [float(weight) for weight in weights[row.skipped :]]


def documents(tokenizer: Any, records: Iterable[Record], most: int, counts: Any) -> Iterator[Row]:
    """Each response as a text of its own that ends in EOS, in windows of at most `most` tokens, all of it learnt.

    Text that names a control token stays text. A last window of a single token is left out: it predicts nothing.
    """
    if tokenizer.eos_token_id is None:
        raise SpecError("loss_on", "text ends each document in EOS, and this tokenizer has none")
    for record in records:
        ids = document(tokenizer, str(record.get("chosen", record.get("response", ""))))
        counts["documents"] += 1
        for window in windows(ids, most):
            counts["rows"] += 1
            yield {"input_ids": window, "labels": window, "length": len(window)}


def document(tokenizer: Any, text: str) -> list[int]:
    begin = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return [*begin, *ids, tokenizer.eos_token_id]


def windows(ids: Sequence[int], most: int) -> list[list[int]]:
    cut = (list(ids[at : at + most]) for at in range(0, len(ids), most))
    return [window for window in cut if len(window) > 1]


def labels(ids: Sequence[int], marks: Iterable[object]) -> list[int]:
    return [token if mark else IGNORED for token, mark in zip(ids, marks, strict=True)]
