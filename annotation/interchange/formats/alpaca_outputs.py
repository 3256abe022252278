"""AlpacaEval's model_outputs.json: one model's answers, `{instruction, output, generator, dataset}` each."""

from collections.abc import Iterator

import msgspec

from annotation.interchange.entries import Answer, Entry, Fault, Turn
from annotation.interchange.json_input import Readable, records


class Record(msgspec.Struct):
    instruction: str
    output: str | None
    generator: str
    dataset: str | None = None


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    """AlpacaEval counts a missing answer as an empty one."""
    return Entry(
        prompt=[Turn(role="user", content=record.instruction)],
        responses=[Answer(author=record.generator, text=record.output or "")],
        category=record.dataset or "",
    )
