"""LLMBar: pairs with the output that is right, and in `result.json` what an evaluator said of each in both orders.

    {"input": "…", "output_1": "…", "output_2": "…", "label": 1,
     "results": [{"swap = False": {"completion": ["Output (a)", "stop"], "winner": "1"}, "swap = True": {…}}]}

`label` becomes a judgment of kind gold: it says which output is better and not how much, so it counts ±2, and so does
an evaluator that names one output in both orders. `winner` names it as stored, whichever was shown first; the last
round counts. Which evaluator it was stands in no file: the import can name it.
"""

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from annotation.interchange.entries import Answer, Call, Entry, Fault, Turn, Verdict
from annotation.interchange.json_input import Readable, records

LABELS = "LLMBar labels"
EVALUATOR = "LLMBar evaluator"
GRADES = {"1": -2, "2": 2}
UNREAD = "The evaluator named neither output."


class Order(msgspec.Struct):
    winner: str | None
    completion: list[str | None] = []


class Round(msgspec.Struct):
    plain: Order = msgspec.field(name="swap = False")
    swapped: Order = msgspec.field(name="swap = True")


class Record(msgspec.Struct):
    input: str
    output_1: str
    output_2: str
    label: Literal[1, 2]
    results: list[Round] = []


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    label = Verdict(author=LABELS, kind="gold", grade=GRADES[str(record.label)])
    return Entry(
        prompt=[Turn(role="user", content=record.input)],
        responses=[
            Answer(author="LLMBar output 1", text=record.output_1),
            Answer(author="LLMBar output 2", text=record.output_2),
        ],
        judgments=[label, *(verdict(record, last) for last in record.results[-1:])],
        source="llmbar",
        paired=True,
    )


def verdict(record: Record, last: Round) -> Verdict:
    calls = [call(record, last.plain, "first"), call(record, last.swapped, "second")]
    failed = any(one.error for one in calls)
    same = calls[0].grade == calls[1].grade
    return Verdict(
        author=EVALUATOR,
        kind="judge",
        grade=None if failed else calls[0].grade if same else 0,
        shown="both",
        consistent=None if failed else same,
        error=UNREAD if failed else "",
        calls=calls,
    )


def call(record: Record, order: Order, shown: Literal["first", "second"]) -> Call:
    asked = msgspec.json.encode([record.input, record.output_1, record.output_2, shown])
    grade = GRADES.get(order.winner or "")
    return Call(
        raw=(order.completion[0] if order.completion else None) or "",
        digest=hashlib.sha256(asked).hexdigest(),
        shown=shown,
        grade=grade,
        error="" if grade else UNREAD,
    )
