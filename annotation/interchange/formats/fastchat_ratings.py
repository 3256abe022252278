"""FastChat's model_judgment/*_single.jsonl: a judge's points, 1 to 10, for one turn of an answer.

    {"question_id": 81, "model": "vicuna-13b", "judge": ["gpt-4", "single-v1"], "user_prompt": "…",
     "judgment": "… Rating: [[9]]", "score": 9, "turn": 1}

A score of −1 means that the judge's text held no rating: the text is kept for a person to read, and no score is.
Questions and answers must be in the collection.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec

from annotation import turns
from annotation.interchange.entries import Call, Entry, Fault, Known, Rating
from annotation.interchange.json_input import Readable, records

JUDGE = "fastchat/single"
FAILED = -1
UNREAD = "The judge's text has no rating of the form [[9]]."


class Record(msgspec.Struct):
    question_id: int | str
    model: str
    judge: tuple[str, str]
    score: Annotated[float, msgspec.Meta(ge=-1, le=10)]
    turn: Annotated[int, msgspec.Meta(ge=1)]
    user_prompt: str = ""
    judgment: str = ""
    tstamp: float | None = None


def parse(stream: Readable, known: Known) -> Iterator[Entry | Fault]:
    return records(stream, Record, lambda record: entry(record, known))


def entry(record: Record, known: Known) -> Entry:
    question, answer = known.question(record.question_id), known.answer(record.question_id, record.model)
    rated = msgspec.structs.replace(answer, metadata={}, ratings=[rating(record)])
    return Entry(prompt=question.prompt, category=question.category, responses=[rated])


def rating(record: Record) -> Rating:
    points = None if record.score == FAILED else record.score
    call = Call(
        raw=record.judgment,
        digest=digest(record.user_prompt),
        scores=None if points is None else [points],
        error=UNREAD if points is None else "",
        model=record.judge[0],
        created_at=moment(record.tstamp),
    )
    judge = described(JUDGE, "fastchat_single", record.judge[0], record.turn)
    return Rating(author=turns.at_turn(judge["known_as"], record.turn), points=points, calls=[call], judge=judge)


def described(name: str, protocol: str, model: str, turn: int | None = None) -> dict[str, Any]:
    """The judge as its judge.yaml would say it.

    FastChat's several prompts for one turn are one judge, which chooses among them by the question's category.
    """
    return {
        "judge": name,
        "name": name,
        "title": f"{name} · {model}",
        "says": "Its judgments were imported as they were published.",
        "version": 1,
        "protocol": protocol,
        "model": model,
        "turn": turn,
        "known_as": f"{name} · {model}",
    }


def digest(asked: str) -> str:
    return sha256(asked.encode()).hexdigest()


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
