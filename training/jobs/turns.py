"""Conversations whose next questions are known before the first answer: every turn sees its own answers before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from msgspec.structs import replace

from training.jobs.engines import Answer, AnswerRequest, Message, Refusal, Sampler
from training.specs import MT_BENCH_OTHERWISE, MT_BENCH_TEMPERATURES, Draw

Record = dict[str, Any]


@dataclass
class Talk:
    """A record's prompt, the answers so far, and `follow_ups`: `content` of each, and the `heading` of its answer."""

    record: Record
    temperature: float
    system: str = ""
    answers: list[Answer] = field(default_factory=list)
    refusal: Refusal | None = None

    @property
    def follow_ups(self) -> Sequence[Message]:
        found: Sequence[Message] = self.record.get("follow_ups", ())
        return found

    @property
    def is_going(self) -> bool:
        return self.refusal is None and len(self.answers) <= len(self.follow_ups)

    @property
    def messages(self) -> list[Message]:
        found = list(self.record["prompt"])
        if self.system and found[0]["role"] != "system":
            found.insert(0, {"role": "system", "content": self.system})
        for answer, question in zip(self.answers, self.follow_ups, strict=False):
            found.append({"role": "assistant", "content": answer.text})
            found.append({"role": "user", "content": question["content"]})
        return found

    def after(self, answer: Answer) -> "Talk":
        return Talk(self.record, self.temperature, self.system, [answer])

    def take(self, given: list[Answer] | Refusal) -> None:
        """The one answer to its next turn, or why there is none."""
        if isinstance(given, Refusal):
            self.refusal = given
        else:
            self.answers += given

    @property
    def whole(self) -> Answer:
        """All answers as one text: each later one under its heading."""
        if len(self.answers) == 1:
            return self.answers[0]
        headings = ["", *(question.get("heading", "\n\n") for question in self.follow_ups)]
        return Answer(
            "".join(heading + answer.text for heading, answer in zip(headings, self.answers, strict=True)),
            "length" if any(answer.finish_reason == "length" for answer in self.answers) else "stop",
            sum(answer.tokens for answer in self.answers),
            sum(answer.prompt_tokens for answer in self.answers),
            tuple(answer.text for answer in self.answers),
            sum(known) if len(known := [one.logprob for one in self.answers if one.logprob is not None]) else None,
        )


def temperature_of(draw: Draw, record: Record) -> float:
    if draw.temperature_by == "mt_bench":
        return MT_BENCH_TEMPERATURES.get(record.get("category", ""), MT_BENCH_OTHERWISE)
    return draw.temperature


@dataclass(frozen=True)
class Replies:
    """The answers to one record. `refusals` are why others are missing, `unasked` that it was not even asked."""

    answers: list[Answer]
    refusals: list[Refusal] = field(default_factory=list)
    unasked: bool = False


def answers(sampler: Sampler, draw: Draw, wanted: Sequence[tuple[Record, int]], seed: int) -> list[Replies]:
    """So many answers to each record, to all of its turns. The same seed gives the same answers.

    A conversation whose later turn cannot be asked is no answer.
    """
    begun = [(Talk(record, temperature_of(draw, record), draw.system), n) for record, n in wanted]
    firsts = said(sampler, draw, begun, seed)
    found = [
        [] if isinstance(given, Refusal) else [talk.after(first) for first in given]
        for (talk, _), given in zip(begun, firsts, strict=True)
    ]
    turn = 1
    while going := [talk for talks in found for talk in talks if talk.is_going]:
        own = crc32(f"{seed} turn {turn}".encode()) % 2**31
        for talk, given in zip(going, said(sampler, draw, [(talk, 1) for talk in going], own), strict=True):
            talk.take(given)
        turn += 1
    return [
        Replies([], [given], unasked=True)
        if isinstance(given, Refusal)
        else Replies(
            [talk.whole for talk in talks if talk.refusal is None], [talk.refusal for talk in talks if talk.refusal]
        )
        for given, talks in zip(firsts, found, strict=True)
    ]


def said(sampler: Sampler, draw: Draw, asked: Sequence[tuple[Talk, int]], seed: int) -> list[list[Answer] | Refusal]:
    """The next turn of each talk, so many times. Those of one temperature go to the engine together."""
    found: list[list[Answer] | Refusal] = [[] for _ in asked]
    for temperature in sorted({talk.temperature for talk, _ in asked}):
        places = [place for place, (talk, _) in enumerate(asked) if talk.temperature == temperature]
        asks = [AnswerRequest(asked[place][0].messages, asked[place][1]) for place in places]
        given = sampler.generate(asks, replace(draw, temperature=temperature), seed)
        for place, answer in zip(places, given, strict=True):
            found[place] = answer
    return found
