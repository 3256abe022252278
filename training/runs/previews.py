"""What a training run would learn, token by token, before it is launched."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice, zip_longest
from typing import Any

import msgspec
from asgiref.sync import async_to_sync

from annotation.datasets import versions
from annotation.models import Version
from training.checkpoints import model_server, remote_code
from training.models import Checkpoint
from training.runs import forms, launching
from training.runs.forms import FormInvalid
from training.runs.names import Input
from training.specs.mixtures import in_order
from training.token_previews import TokenPreview

# The first rows of the version, as long as they are no more than so many bytes together.
ROWS, BYTES = 200, 4_000_000


def preview(
    kind: str, settings: Mapping[str, Any], checkpoint: Checkpoint | None, inputs: Mapping[str, Input]
) -> TokenPreview:
    """Raises FormInvalid with every field that is wrong, and ModelServerError."""
    if not forms.known_kind(kind).has_curves:
        raise FormInvalid({"kind": "Only runs that train have tokens to preview."})
    read, errors = launching.checked(kind, settings, checkpoint, inputs)
    learnt = [inputs[role] for role in in_order(inputs)]
    read_here = [version for version in learnt if isinstance(version, Version)]
    if errors or checkpoint is None or not read_here:
        raise FormInvalid(errors or {"inputs.train": "A preview reads a dataset version. Choose one."})
    read |= {"trust_remote_code": remote_code.may_run(checkpoint)}
    records = list(in_turn(*(first_rows(version, len(read_here)) for version in read_here)))
    found = async_to_sync(model_server.preview)(checkpoint, kind, read, records)
    if found.refused:
        raise FormInvalid(dict([found.refused]))
    return found


def first_rows(version: Version, datasets: int) -> Iterator[dict[str, Any]]:
    """Of those that are learnt, as many as one of so many datasets has room for."""
    left = BYTES // datasets
    for record in islice(versions.records(version, "train"), ROWS // datasets):
        left -= len(msgspec.json.encode(record))
        if left < 0:
            return
        yield record


def in_turn(*several: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first of each, then the second of each: those that are shown are of all datasets."""
    return filter(None, chain.from_iterable(zip_longest(*several)))
