"""Vicuna-bench's reviews: a judge's text on two answers, whose first line is their scores.

    {"question_id": 1, "answer1_id": "…", "answer2_id": "…", "reviewer_id": "gpt-4-0328-generic",
     "text": "9 8.5\\nBoth …", "score": [9.0, 8.5]}

Where the first line is not two numbers, the text waits for a person, also if the file has scores that somebody
entered by hand: they are named in the error. Answers must be in the collection with their `answer_id`.
"""

from collections.abc import Iterator

import msgspec

from annotation.interchange.entries import Call, Entry, Fault, Known, Verdict
from annotation.interchange.formats.fastchat_ratings import described, digest
from annotation.interchange.json_input import Readable, records
from annotation.judges.config.published.fastchat import first_line_scores
from annotation.judges.protocols.grades import of_scores

JUDGE = "fastchat/vicuna"


class Record(msgspec.Struct):
    question_id: int | str
    answer1_id: str
    answer2_id: str
    text: str
    score: tuple[float, float]
    reviewer_id: str


def parse(stream: Readable, known: Known) -> Iterator[Entry | Fault]:
    return records(stream, Record, lambda record: entry(record, known))


def entry(record: Record, known: Known) -> Entry:
    question = known.question(record.question_id)
    answers = [known.answer_called(answer) for answer in (record.answer1_id, record.answer2_id)]
    return Entry(
        prompt=question.prompt,
        category=question.category,
        responses=[msgspec.structs.replace(answer, metadata={}) for answer in answers],
        judgments=[verdict(record)],
        source="vicuna_bench",
        metadata={"baseline": answers[0].author},
        paired=True,
    )


def verdict(record: Record) -> Verdict:
    scores = first_line_scores(record.text)
    error = "" if scores else unread(record)
    found = of_scores(*scores) if scores else None
    listed = list(scores) if scores else None
    asked = f"{record.reviewer_id} {record.answer1_id} {record.answer2_id}"
    call = Call(
        raw=record.text,
        digest=digest(asked),
        shown="first",
        grade=found,
        scores=listed,
        error=error,
        model=model(record),
    )
    judge = described(JUDGE, "vicuna_bench", model(record))
    return Verdict(
        author=judge["known_as"],
        kind="judge",
        grade=found,
        rationale=record.text,
        error=error,
        details={"scores": listed} if listed else {},
        calls=[call],
        judge=judge,
    )


def unread(record: Record) -> str:
    problem = "The first line is not two scores."
    if min(record.score) < 0:
        return problem
    first, second = record.score
    return f"{problem} The file has {first:g} and {second:g}, entered by hand: enter them if you agree."


def model(record: Record) -> str:
    """One judge had a prompt for each of three kinds of question: "gpt-4-0328-coding" is gpt-4-0328."""
    name, _, kind = record.reviewer_id.rpartition("-")
    return name if name and kind in {"generic", "default", "general", "coding", "math"} else record.reviewer_id
