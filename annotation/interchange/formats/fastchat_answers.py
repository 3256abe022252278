"""FastChat's model_answer/*.jsonl: a model's answers to numbered questions, all turns of one in one record.

    {"question_id": 81, "model_id": "vicuna-13b", "answer_id": "…", "choices": [{"index": 0, "turns": ["…", "…"]}]}

Of several choices the first counts, as for FastChat's own judge. The first Vicuna-bench wrote one `text` in place of
`choices`. The questions must be in the collection.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from annotation import turns
from annotation.interchange.entries import Answer, Entry, Fault, Known, Refused
from annotation.interchange.json_input import Readable, records


class Choice(msgspec.Struct):
    turns: list[str]


class Record(msgspec.Struct):
    question_id: int | str
    model_id: str
    answer_id: str = ""
    choices: list[Choice] = []
    text: str | None = None


def parse(stream: Readable, known: Known) -> Iterator[Entry | Fault]:
    return records(stream, Record, lambda record: entry(record, known))


def entry(record: Record, known: Known) -> Entry:
    question, answers = known.question(record.question_id), answers_of(record)
    metadata: dict[str, Any] = {"answer_id": record.answer_id} if record.answer_id else {}
    if len(answers) > 1:
        metadata["turns"] = answers
    answer = Answer(author=record.model_id, text=turns.written(question.turns, answers), metadata=metadata)
    return Entry(prompt=question.prompt, category=question.category, responses=[answer])


def answers_of(record: Record) -> list[str]:
    if record.choices and record.choices[0].turns:
        return record.choices[0].turns
    if record.text is None:
        raise Refused("choices", "There is no answer.", "Write choices with turns, or one text.")
    return [record.text]
