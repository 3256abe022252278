"""TRL's prompt-completion records for its SFT trainer, which then learns from the completion only."""

from collections.abc import Iterator
from typing import Any

from annotation.interchange.json_output import said

COLUMNS = {"prompt": "messages", "completion": "messages"}


def rows(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A preference record teaches its chosen response."""
    for record in records:
        response = record["chosen"] if "chosen" in record else record["response"]
        yield {"prompt": record["prompt"], "completion": said(response)}
