"""The file formats that the studio reads and writes, one module each.

One that is read has `parse(stream) → entries and faults`; one that is written has `rows(records) → rows`, and
`COLUMNS` where it can also be Parquet. To add one: its module, its line below, its test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotation.formats import (
    alpaca_annotations,
    alpaca_outputs,
    pairs,
    prompts,
    records,
    sharegpt,
    trl_preference,
    trl_sft,
)
from annotation.formats.entries import Entry, Fault
from annotation.formats.reading import Readable

Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Reading:
    """A format that is read."""

    label: str
    says: str
    parse: Callable[[Readable], Iterator[Entry | Fault]]


@dataclass(frozen=True)
class Writing:
    """A format that is written: for which kinds of version, and its columns as Parquet (None: JSON lines only)."""

    label: str
    says: str
    kinds: frozenset[str]
    rows: Callable[[Rows], Rows]
    columns: dict[str, str] | None = None


READ = {
    "prompts": Reading("Prompts", "JSON lines: a prompt, with responses if there are any", prompts.parse),
    "pairs": Reading("Pairs", "JSON lines: a prompt, two responses, and judgments of them", pairs.parse),
    "sharegpt": Reading("ShareGPT", "Conversations as a JSON array or JSON lines", sharegpt.parse),
    "alpaca_outputs": Reading("AlpacaEval outputs", "model_outputs.json: one model's answers", alpaca_outputs.parse),
    "alpaca_annotations": Reading(
        "AlpacaEval annotations", "annotations.json: a judge's published preferences", alpaca_annotations.parse
    ),
}

ANSWERED = frozenset({"demonstrations", "responses", "preferences"})
WRITTEN = {
    "records": Writing(
        "Records", "As frozen; their SHA-256 is the version's digest", ANSWERED | {"prompts"}, records.rows
    ),
    "prompts": Writing("Prompts", "The prompts alone", ANSWERED | {"prompts"}, prompts.rows),
    "trl_preference": Writing(
        "TRL preference",
        "prompt, chosen, rejected as messages, and margin",
        frozenset({"preferences"}),
        trl_preference.rows,
        trl_preference.COLUMNS,
    ),
    "trl_sft": Writing("TRL SFT", "prompt and completion as messages", ANSWERED, trl_sft.rows, trl_sft.COLUMNS),
}
