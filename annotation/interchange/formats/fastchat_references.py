"""FastChat's reference_answer/*.jsonl: what judges hold an answer against, in the shape of a model's answers.

They become the reference of questions that are in the collection, in place of one that the questions' file had.
"""

from collections.abc import Iterator

from annotation.interchange.entries import Entry, Fault, Known
from annotation.interchange.formats import fastchat_answers
from annotation.interchange.formats.fastchat_answers import Record
from annotation.interchange.json_input import Readable, records


def parse(stream: Readable, known: Known) -> Iterator[Entry | Fault]:
    return records(stream, Record, lambda record: entry(record, known))


def entry(record: Record, known: Known) -> Entry:
    question = known.question(record.question_id)
    reference = fastchat_answers.answers_of(record)
    return Entry(prompt=question.prompt, category=question.category, reference=reference)
