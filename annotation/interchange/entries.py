"""What any file says, in one shape: a prompt, the responses to it, and judgments of two of them.

These are also the records of our own JSONL formats, so reading those is decoding and nothing else. The answers of a
judge that a verdict or a rating rests on are kept as they were published, so that they can be read anew.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
import orjson

from annotation.models import win_share

Role = Literal["system", "user", "assistant", "tool"]
READ_BEFORE_RESPONSE = {"user", "tool"}
# Characters of a name, as the database has them.
LONGEST_NAME = 200
# Responses of one record, as many as staging can number.
MOST_RESPONSES = 2**15


class Refused(Exception):
    """A record that cannot be taken: which field, what is wrong and what to do about it."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem} {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy


@dataclass(frozen=True)
class Fault:
    """A refused record, by the line on which it begins."""

    line: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.problem} {self.remedy}"


class Known(Protocol):
    """What lies in the collection already, for files that name it by number only."""

    def question(self, number: int | str) -> "Numbered":
        """Raises Refused."""

    def answer(self, number: int | str, model: str) -> "Answer":
        """A model's answer to a question. Raises Refused."""

    def answer_called(self, answer_id: str) -> "Answer":
        """The answer of a published id. Raises Refused."""


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message in OpenAI's form."""

    role: Role
    content: str


class Numbered(NamedTuple):
    """A question by its published number: what its prompt says, and all of the user's turns."""

    prompt: list[Turn]
    turns: list[str]
    category: str


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of a judge as it was published, about two responses or about one.

    Grade and scores stand first against second response, whichever was `shown` first; of a single response `scores`
    are its points. `digest` is the SHA-256 of what was asked.
    """

    raw: str
    digest: str
    shown: Literal["first", "second", ""] = ""
    grade: int | None = None
    scores: list[float] | None = None
    error: str = ""
    model: str = ""
    created_at: datetime | None = None


class Rating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A judge's points for one response; null where its answer could not be read. `judge` is as in `Verdict`."""

    author: str
    points: float | None
    calls: list[Call] = []
    judge: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A response, who wrote it, and what reward models made of it (raw logits by name)."""

    author: str
    text: str
    kind: Literal["model", "person"] = "model"
    metadata: dict[str, Any] = {}
    scores: dict[str, float] = {}
    ratings: list[Rating] = []


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A judgment of the two responses of an entry.

    `grade` runs from −3 (the first is much better) over 0 (tie) to +3 (the second is much better) and is null
    where the judge failed; `preference` says it finer where the judge did, from 0 (the first) to 1 (the second);
    `shown` says which of them was read first. Of kind gold is a label that is taken as right.
    """

    author: str
    grade: int | None
    preference: float | None = None
    kind: Literal["person", "judge", "gold"] = "person"
    shown: Literal["first", "second", "both"] = "first"
    both_bad: bool = False
    consistent: bool | None = None
    rationale: str = ""
    seconds: float | None = None
    error: str = ""
    details: dict[str, Any] = {}
    created_at: datetime | None = None
    calls: list[Call] = []
    judge: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt with any number of responses. With `paired`, its two responses are a pair, judged or not.

    `reference` is a model answer to each of the prompt's turns; it is added to a prompt that is there already.
    """

    prompt: list[Turn]
    responses: list[Answer] = []
    judgments: list[Verdict] = []
    category: str = ""
    source: str = ""
    metadata: dict[str, Any] = {}
    paired: bool = False
    reference: list[str] = []

    def check(self) -> "Entry":
        """The entry itself; raises Refused for what the database would not hold."""
        check_prompt(self.prompt)
        fits(self.category, "category", 80)
        fits(self.source, "source", 80)
        storable(self.metadata, "metadata")
        check_number(self.responses)
        for place, answer in enumerate(self.responses):
            check_answer(answer, f"responses[{place}]")
        if self.paired:
            check_pair(self.responses)
        for place, verdict in enumerate(self.judgments):
            check_verdict(verdict, f"judgments[{place}]")
        return self


def require(value: str, field: str, remedy: str) -> None:
    if not value.strip():
        raise Refused(field, "It is empty.", remedy)


def fits(value: str, field: str, length: int) -> None:
    if len(value) > length:
        raise Refused(field, f"It has {len(value)} characters; {length} fit.", "Write a shorter one.")


def storable(value: dict[str, Any], field: str) -> None:
    """Whether it can be written as JSON again: a whole number of more than 64 bits was read, and cannot."""
    try:
        if value:
            orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Refused(field, f"It cannot be stored: {error}.", "Write such a number as text.") from error


def check_answer(answer: Answer, field: str) -> None:
    named(answer.author, f"{field}.author", "Name the model or person that wrote it.")
    storable(answer.metadata, f"{field}.metadata")
    for name in answer.scores:
        named(name, f"{field}.scores", "Name the reward model.")
    for place, rating in enumerate(answer.ratings):
        named(rating.author, f"{field}.ratings[{place}].author", "Name the judge.")
        check_calls(rating.calls, f"{field}.ratings[{place}].calls")


def named(author: str, field: str, remedy: str) -> None:
    require(author, field, remedy)
    fits(author, field, LONGEST_NAME)


def check_calls(calls: list[Call], field: str) -> None:
    for place, call in enumerate(calls):
        fits(call.model, f"{field}[{place}].model", LONGEST_NAME)
        fits(call.digest, f"{field}[{place}].digest", 64)
        check_grade(call.grade, f"{field}[{place}].grade")


def check_grade(grade: int | None, field: str) -> None:
    if grade is not None and abs(grade) > 3:
        raise Refused(field, f"{grade} is off the scale.", "Grades run from -3 to 3; null: failed.")


def check_prompt(turns: list[Turn]) -> None:
    if not turns or turns[-1].role not in READ_BEFORE_RESPONSE:
        raise Refused("prompt", "It does not end in a user's turn.", "End it with the message that wants a response.")
    require(turns[-1].content, f"prompt[{len(turns) - 1}].content", "Write the message, or leave the record out.")


def check_number(answers: list[Answer]) -> None:
    if len(answers) > MOST_RESPONSES:
        problem = f"It has {len(answers):,} responses; {MOST_RESPONSES:,} fit."
        raise Refused("responses", problem, "Write the others as another record of the same prompt.")


def check_pair(answers: list[Answer]) -> None:
    if len(answers) != 2:
        raise Refused("responses", f"A pair has two responses, this has {len(answers)}.", "Write one record per pair.")
    one, other = answers
    if (one.author, one.kind, one.text) == (other.author, other.kind, other.text):
        raise Refused("responses", "Both are the same text by the same author.", "Leave this pair out.")


def check_verdict(verdict: Verdict, field: str) -> None:
    named(verdict.author, f"{field}.author", "Name the person or judge.")
    check_grade(verdict.grade, f"{field}.grade")
    check_calls(verdict.calls, f"{field}.calls")
    storable(verdict.details, f"{field}.details")
    if verdict.preference is not None and not 0 <= verdict.preference <= 1:
        raise Refused(
            f"{field}.preference", f"{verdict.preference} is no share.", "It runs from 0 to 1; null: unsaid."
        )
    by_grade = win_share.of_right(verdict.grade, None)
    if verdict.preference is not None and win_share.outcome(verdict.preference) != win_share.outcome(by_grade):
        raise Refused(
            f"{field}.preference",
            f"{verdict.preference} and the grade {verdict.grade} do not say the same.",
            "Below 0.5 the grade is below 0, above 0.5 it is above 0; of a tie or a failure leave the preference out.",
        )
    if verdict.both_bad and verdict.grade != 0:
        raise Refused(f"{field}.both_bad", "Both bad is a tie.", "Write grade 0 beside it.")
