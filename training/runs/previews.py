"""What a training run would learn, token by token, before it is launched."""

from collections.abc import Iterator, Mapping
from itertools import islice
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
from training.token_previews import TokenPreview

# The first rows of the version, as long as they are no more than so many bytes together.
ROWS, BYTES = 200, 4_000_000


def preview(
    kind: str, settings: Mapping[str, Any], checkpoint: Checkpoint | None, inputs: Mapping[str, Input]
) -> TokenPreview:
    """Raises FormInvalid with every field that is wrong, and ModelServerError."""
    if not forms.known_kind(kind).has_curves:
        raise FormInvalid({"kind": "Only runs that train have tokens to preview: sft, reward and dpo."})
    read, errors = launching.checked(kind, settings, checkpoint, inputs)
    version = inputs.get("train")
    if errors or checkpoint is None or not isinstance(version, Version):
        raise FormInvalid(errors or {"inputs.train": "A preview reads a dataset version. Choose one."})
    read |= {"trust_remote_code": remote_code.may_run(checkpoint)}
    found = async_to_sync(model_server.preview)(checkpoint, kind, read, list(first_rows(version)))
    if found.refused:
        raise FormInvalid(dict([found.refused]))
    return found


def first_rows(version: Version) -> Iterator[dict[str, Any]]:
    """Of those that are learnt."""
    left = BYTES
    for record in islice(versions.records(version, "train"), ROWS):
        left -= len(msgspec.json.encode(record))
        if left < 0:
            return
        yield record
