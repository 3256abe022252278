"""Records into token ids: one place that decides what a model sees, and counts what it does not see."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from training.jobs.control_tokens import ControlTokens, Message, Tokens
from training.jobs.rendering import Span, Unencodable, answer_spans, render
from training.jobs.templates import known
from training.specs import LARGE, SpecError
from training.token_previews import LeftOut

log = logging.getLogger("training.jobs")

T = TypeVar("T")
Record = dict[str, Any]
IGNORED = -100
# Of each reason so many rows are named.
NAMED = 10
# What may follow what; "" is the start.
FOLLOWS = {
    "": ("system", "user"),
    "system": ("user",),
    "user": ("assistant",),
    "assistant": ("user", "tool"),
    "tool": ("tool", "assistant"),
}
PROBE: list[Message] = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello."}]


@dataclass(frozen=True)
class Encoded:
    """A conversation as token ids. `answers` are the places of each answer with the token that ends it.

    `skipped` counts earlier answers that the whole shows otherwise than they are said.
    """

    ids: list[int]
    answers: tuple[range, ...]
    skipped: int = 0

    @property
    def prompt(self) -> int:
        """How many ids come before the last answer."""
        return self.answers[-1].start

    @property
    def end(self) -> int:
        """How many ids there are up to the end of the last answer, the token that ends it included."""
        return self.answers[-1].stop

    @property
    def answer(self) -> list[int]:
        """1 for each id of an answer."""
        return self.learnt(every_answer=True)

    def learnt(self, every_answer: bool) -> list[int]:
        marks = [0] * len(self.ids)
        for places in self.answers if every_answer else self.answers[-1:]:
            marks[places.start : places.stop] = [1] * len(places)
        return marks


@dataclass
class Encoder:
    """Encodes conversations by the tokenizer's chat template.

    Text that names a control token stays text. The ids that a model is asked with are those that it saw in training:
    a template and a tokenizer of which that is not so are refused with SpecError.

    `max_length` is for training. `counts` tells how many rows were kept, cut or dropped, by reason; `left_out` and the
    log name the first of those.
    """

    tokenizer: Any
    max_length: int = LARGE
    counts: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)

    def __post_init__(self) -> None:
        source = self.tokenizer.chat_template
        if not source:
            raise SpecError("template", "this checkpoint has none of its own; name one, such as vicuna")
        self.controls = ControlTokens(self.tokenizer, str(source))
        self.known = known(source)

    # One conversation; each raises Unencodable

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids up to where the next answer begins."""
        refuse_roles(messages, ends_in=("user", "tool"))
        self.refuse_fault()
        return self.encode(messages, ask=True)[0].ids

    def whole(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation that ends in an answer."""
        return self.read(messages)[0].ids

    def conversation(self, messages: Sequence[Message]) -> Encoded:
        """A conversation that ends in an answer, with the places of its answers."""
        return self.located(messages)[0]

    def read(self, messages: Sequence[Message]) -> tuple[Tokens, str, list[Span | None]]:
        """The same as `encode`, of a conversation that ends in an answer."""
        refuse_roles(messages, ends_in=("assistant",))
        return self.encode(messages)

    def located(self, messages: Sequence[Message]) -> tuple[Encoded, Tokens, str]:
        """A conversation with the places of its answers, its tokens, and the text that they stand for."""
        self.refuse_fault()
        tokens, text, spans = self.read(messages)
        if spans[-1] is None:
            raise Unencodable("template", "the chat template shows its last answer otherwise than a model says it")
        found = [self.places(tokens, text, span) for span in spans if span]
        return Encoded(tokens.ids, tuple(found), len(spans) - len(found)), tokens, text

    def poses(self, messages: Sequence[Message]) -> bool:
        """Whether a text holds the plain words by which the template begins a turn: ids cannot tell them apart."""
        markers = self.known.markers if self.known else ()
        return any(marker in message["content"] for message in messages for marker in markers)

    def encode(self, messages: Sequence[Message], ask: bool = False) -> tuple[Tokens, str, list[Span | None]]:
        """Token ids, the text that they stand for, with its stand-ins, and where in it the answers are."""
        hidden = self.controls.hidden(messages)
        guarded = hidden != list(messages)
        text = render(self.tokenizer, hidden, ask)
        if guarded:
            self.counts["escaped"] += 1
            if self.controls.shown(text) != render(self.tokenizer, messages, ask):
                raise Unencodable("template", "the chat template acts on a control token that a text only names")
        spans = answer_spans(self.tokenizer, hidden, text, self.controls.anywhere)
        asked_at = [span.start for span in spans if span] + [len(text)] * ask
        return self.cut(text, asked_at, guarded), text, spans

    def cut(self, text: str, asked_at: Sequence[int], guarded: bool) -> Tokens:
        """Where a token would reach into an answer, the text is cut, since a model is asked with what is before it.

        From the last answer on: what is before a cut is then encoded as it is where it is asked alone.
        """
        cuts = self.published_cuts(text)
        while True:
            tokens = self.controls.encode(text, cuts, guarded)
            merged = [at for at in asked_at if not tokens.meet_at(at)]
            if not merged:
                return tokens
            cuts.add(merged[-1])

    def published_cuts(self, text: str) -> set[int]:
        """Where the template's authors tokenise apart what stands before and after."""
        return {found.end() for found in self.known.cuts.finditer(text)} if self.known and self.known.cuts else set()

    def places(self, tokens: Tokens, text: str, span: Span) -> range:
        """The tokens of an answer. What follows the control token that ends it is the template's white space."""
        start, end = tokens.before(span.start), tokens.before(span.end)
        closing = (place for place in reversed(range(start, end)) if tokens.ids[place] in self.controls.texts)
        last = next(closing, end - 1)
        return range(start, end if text[tokens.ends[last] : span.end].strip() else last + 1)

    # A template and a tokenizer

    def refuse_fault(self) -> None:
        """Raises SpecError where the template and the tokenizer do not fit together."""
        if self.fault:
            raise SpecError("template", self.fault)

    @cached_property
    def fault(self) -> str:
        """Why a model would be asked with other ids than it learns from, or not learn to stop; else empty."""
        try:
            asked, text = render(self.tokenizer, PROBE[:1], ask=True), render(self.tokenizer, PROBE)
        except Unencodable as refused:
            return f"{refused}; choose another"
        if not text.startswith(asked):
            return "it shows a finished answer otherwise than a model is asked for it; choose another"
        tokens = self.controls.encode(text, self.published_cuts(text))
        if not tokens.meet_at(len(asked)):
            return (
                f"it asks for an answer by {asked[-12:]!r}, whose end this tokenizer merges with the answer, so that "
                "no model sees it in training; take the space from its end, or choose another"
            )
        if tokens.ids[self.places(tokens, text, Span(len(asked), len(text)))[-1]] not in self.controls.texts:
            return "it ends an answer with no token of its own, so a model would never stop; add {{ eos_token }} to it"
        if completed := self.completed():
            return f"a message can complete its {completed} with the text beside it; put a space between them"
        return ""

    def completed(self) -> str:
        """The control token of which the template writes a part right beside a message; empty where there is none."""
        content = self.controls.name_of("content")
        around = render(self.tokenizer, [message | {"content": content} for message in PROBE]).split(content)
        parts = (
            (token, token[:place], token[place:]) for token in self.controls.ids for place in range(1, len(token))
        )
        for token, first, last in parts:
            if any(text.endswith(first) for text in around[:-1]) or any(text.startswith(last) for text in around[1:]):
                return token
        return ""

    # Rows as TRL's trainers take them

    def demonstrations(self, records: Iterable[Record], every_answer: bool) -> Iterator[Record]:
        """Rows of `input_ids` and `labels`. A preference counts as a demonstration of its chosen response.

        It is left out where either response cannot be encoded: a control of DPO sees the rows that DPO sees.
        """
        for record in records:
            for row in self.tried(record, self.conversation, demonstrated(record)):
                yield from self.labelled(record, row[0], every_answer)

    def labelled(self, record: Record, row: Encoded, every_answer: bool) -> Iterator[Record]:
        if every_answer and row.skipped:
            self.counts["answers_not_learnt"] += row.skipped
        yield from self.kept(record, row, row.learnt(every_answer), {})

    def kept(
        self, record: Record, row: Encoded, learnt: Sequence[object], more: dict[str, list[float]]
    ) -> Iterator[Record]:
        """The row up to the longest length, with `more` columns for each token; nothing where none of it is learnt."""
        most = self.max_length
        labels = [token if mark else IGNORED for token, mark in zip(row.ids, learnt, strict=True)][:most]
        if all(label == IGNORED for label in labels):
            self.drop_unanswered(record)
            return
        self.counts["rows"] += 1
        self.counts["truncated"] += len(row.ids) > most
        columns = {name: values[:most] for name, values in more.items()}
        yield {"input_ids": row.ids[:most], "labels": labels, "length": len(labels)} | columns

    def preferences(self, records: Iterable[Record]) -> Iterator[tuple[Record, Encoded, Encoded]]:
        """Each sound preference with its chosen and its rejected conversation."""
        for record in records:
            for chosen, rejected in self.tried(record, self.conversation, both(record)):
                yield record, chosen, rejected

    def tried(
        self, record: Record, encode: Callable[[Sequence[Message]], T], conversations: Sequence[Sequence[Message]]
    ) -> Iterator[list[T]]:
        """The record's conversations encoded; nothing where one of them cannot be, and then it is counted."""
        try:
            if any(map(self.poses, conversations)):
                raise Unencodable("markers", "a text holds the words by which the template begins a turn")
            yield [encode(messages) for messages in conversations]
        except Unencodable as refused:
            self.drop(record, refused)

    def drop_unanswered(self, record: Record) -> None:
        self.drop(record, Unencodable("masked", f"its prompt takes all of the {self.max_length} tokens"))

    def drop_long(self, record: Record) -> None:
        self.drop(record, Unencodable("long", f"it has more than {self.max_length} tokens, and its end is judged"))

    def drop(self, record: Record, refused: Unencodable) -> None:
        name = f"dropped_{refused.reason}"
        self.counts[name] += 1
        if self.counts[name] <= NAMED:
            self.left_out.append(LeftOut(named(record), refused.reason, str(refused)))
            log.warning("%s is left out: %s", named(record), refused)


def refuse_roles(messages: Sequence[Message], ends_in: Sequence[str]) -> None:
    """Raises Unencodable where the roles do not follow each other as a chat template expects."""
    roles = [message["role"] for message in messages]
    for before, role in zip(["", *roles], roles, strict=False):
        if role not in FOLLOWS.get(before, ()):
            raise Unencodable("roles", f"a turn of {role} follows {before or 'the start'}")
    if not roles or roles[-1] not in ends_in:
        raise Unencodable("roles", f"its last turn must be of {' or '.join(ends_in)}")


def named(record: Record) -> str:
    """`pair 17`, by the first id that it has."""
    found = ((name, record[f"{name}_id"]) for name in ("response", "pair", "prompt") if f"{name}_id" in record)
    return " ".join(map(str, next(found, ("a row without an id",))))


def demonstrated(record: Record) -> list[list[Message]]:
    """What must be encodable, the answer that is learnt first."""
    return both(record) if "chosen" in record else [with_answer(record, record["response"])]


def both(record: Record) -> list[list[Message]]:
    return [with_answer(record, record["chosen"]), with_answer(record, record["rejected"])]


def with_answer(record: Record, answer: Any) -> list[Message]:
    return [*record["prompt"], {"role": "assistant", "content": str(answer)}]


def batched(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
