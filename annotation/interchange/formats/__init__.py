"""The file formats that the studio reads and writes, one module each.

One that is read has `parse(stream) → entries and faults`, or `parse(stream, known)` where it names by number what the
collection holds already; one that is written has `rows(records) → rows`, and `COLUMNS` where it can also be Parquet.
To add one: its module, its line below, its test, and its example for the import page in `frontend/examples/`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotation.interchange.entries import Entry, Fault
from annotation.interchange.formats import (
    alpaca_annotations,
    alpaca_outputs,
    fastchat_answers,
    fastchat_pairs,
    fastchat_questions,
    fastchat_ratings,
    fastchat_references,
    llmbar,
    pairs,
    prompts,
    records,
    sharegpt,
    trl_preference,
    trl_sft,
    vicuna_reviews,
)

Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Reading:
    """A format that is read. One that `refers` to what the collection holds has a second argument, `entries.Known`."""

    label: str
    says: str
    parse: Callable[..., Iterator[Entry | Fault]]
    refers: bool = False


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
    "fastchat_questions": Reading(
        "FastChat questions", "question.jsonl of MT-bench, Vicuna-bench or a set of your own", fastchat_questions.parse
    ),
    "fastchat_answers": Reading(
        "FastChat answers",
        "model_answer/*.jsonl: both turns; questions come first",
        fastchat_answers.parse,
        refers=True,
    ),
    "fastchat_references": Reading(
        "FastChat references",
        "reference_answer/*.jsonl: what answers are held against",
        fastchat_references.parse,
        refers=True,
    ),
    "fastchat_ratings": Reading(
        "FastChat ratings", "*_single.jsonl: a judge's points, 1 to 10", fastchat_ratings.parse, refers=True
    ),
    "fastchat_pairs": Reading(
        "FastChat pairs", "*_pair.jsonl: two models judged in both orders", fastchat_pairs.parse, refers=True
    ),
    "vicuna_reviews": Reading(
        "Vicuna-bench reviews", "A judge's two scores and its text", vicuna_reviews.parse, refers=True
    ),
    "llmbar": Reading(
        "LLMBar", "dataset.json: pairs with the right one; result.json: an evaluator’s verdicts on them", llmbar.parse
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
