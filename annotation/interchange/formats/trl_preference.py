"""TRL's preference records for its DPO and reward trainers: conversational, with an explicit prompt and the margin."""

from collections.abc import Iterator
from typing import Any

from annotation.interchange.json_output import said

COLUMNS = {"prompt": "messages", "chosen": "messages", "rejected": "messages", "margin": "number"}


def rows(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for record in records:
        yield {
            "prompt": record["prompt"],
            "chosen": said(record["chosen"]),
            "rejected": said(record["rejected"]),
            "margin": record["margin"],
        }
