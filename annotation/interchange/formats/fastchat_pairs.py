"""FastChat's model_judgment/*_pair.jsonl: two models' answers to one turn, judged twice with the answers exchanged.

    {"question_id": 81, "model_1": "…", "model_2": "…", "g1_winner": "model_1", "g2_winner": "tie", "turn": 1,
     "judge": ["gpt-4", "pair-v2"], "g1_user_prompt": "…", "g1_judgment": "…", "g2_user_prompt": "…", …}

A winner wins in both games: anything else is a tie, and one that the games contradict is marked as inconsistent. A
game whose text has no verdict makes the judgment a failed one. FastChat says who wins and not by how much, so a win
counts as "better", ±2.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from annotation import turns
from annotation.interchange.entries import Call, Entry, Fault, Known, Verdict
from annotation.interchange.formats.fastchat_ratings import described, digest, moment
from annotation.interchange.json_input import Readable, records
from annotation.judges.protocols.grades import BETTER

JUDGE = "fastchat/pair"
GRADES = {"model_1": -BETTER, "tie": 0, "model_2": BETTER, "error": None}
UNREAD = "The judge's text has none of [[A]], [[B]] and [[C]]."

Winner = Literal["model_1", "model_2", "tie", "error"]


class Record(msgspec.Struct):
    question_id: int | str
    model_1: str
    model_2: str
    g1_winner: Winner
    g2_winner: Winner
    judge: tuple[str, str]
    turn: Annotated[int, msgspec.Meta(ge=1)]
    g1_user_prompt: str = ""
    g1_judgment: str = ""
    g2_user_prompt: str = ""
    g2_judgment: str = ""
    tstamp: float | None = None

    @property
    def is_consistent(self) -> bool:
        return self.g1_winner == self.g2_winner


def parse(stream: Readable, known: Known) -> Iterator[Entry | Fault]:
    return records(stream, Record, lambda record: entry(record, known))


def entry(record: Record, known: Known) -> Entry:
    question = known.question(record.question_id)
    answers = [known.answer(record.question_id, model) for model in (record.model_1, record.model_2)]
    return Entry(
        prompt=question.prompt,
        category=question.category,
        responses=[msgspec.structs.replace(answer, metadata={}) for answer in answers],
        judgments=[verdict(record)],
        source="fastchat",
        paired=True,
    )


def verdict(record: Record) -> Verdict:
    calls = [
        call(record, record.g1_winner, record.g1_user_prompt, record.g1_judgment, "first"),
        call(record, record.g2_winner, record.g2_user_prompt, record.g2_judgment, "second"),
    ]
    failed = any(one.error for one in calls)
    judge = described(JUDGE, "fastchat_pair", record.judge[0], record.turn)
    return Verdict(
        author=turns.at_turn(judge["known_as"], record.turn),
        kind="judge",
        grade=None if failed else GRADES[record.g1_winner] if record.is_consistent else 0,
        shown="both",
        consistent=None if failed else record.is_consistent,
        rationale="\n\n".join(one.raw for one in calls if one.raw),
        error=UNREAD if failed else "",
        created_at=moment(record.tstamp),
        calls=calls,
        judge=judge,
    )


def call(record: Record, winner: Winner, asked: str, said: str, shown: Literal["first", "second"]) -> Call:
    return Call(
        raw=said,
        digest=digest(asked),
        shown=shown,
        grade=GRADES[winner],
        error=UNREAD if winner == "error" else "",
        model=record.judge[0],
        created_at=moment(record.tstamp),
    )
