"""Conversations as token ids with the room that is left for an answer, and token ids as answers: for local engines."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.jobs.conversations import Encoder
from training.jobs.engines import Answer, AnswerRequest, Refusal
from training.jobs.rendering import Unencodable


@dataclass(frozen=True)
class EncodedPrompt:
    """`n` answers are wanted, each of `room` tokens at most."""

    ids: list[int]
    n: int
    room: int


@dataclass(frozen=True)
class Codec:
    """`ends` are the tokens that end an answer. `context` bounds prompt and answer together; None is no bound."""

    encoder: Encoder
    ends: tuple[int, ...]
    context: int | None
    max_tokens: int

    def encode(self, asks: Sequence[AnswerRequest]) -> list[EncodedPrompt | Refusal]:
        return [self.encoded(ask) for ask in asks]

    def encoded(self, ask: AnswerRequest) -> EncodedPrompt | Refusal:
        """Raises SpecError where the template and the tokenizer do not fit together."""
        if self.encoder.poses([message for message in ask.prompt if message["role"] != "assistant"]):
            return Refusal("refused", "a text holds the words by which the template begins a turn")
        try:
            ids = self.encoder.prompt(ask.prompt)
        except Unencodable as error:
            return Refusal("refused", str(error))
        room = self.max_tokens if self.context is None else min(self.max_tokens, self.context - len(ids))
        if room < 1:
            return Refusal("too_long", f"it has {len(ids):,} tokens, and the model reads and writes {self.context:,}")
        return EncodedPrompt(ids, ask.n, room)

    def answer(self, tokens: Sequence[int], prompt_tokens: int) -> Answer:
        """Of what was said, the token that ended it included; the text is without it, special or not."""
        finished = bool(tokens) and tokens[-1] in self.ends
        text: str = self.encoder.tokenizer.decode(list(tokens[:-1] if finished else tokens), skip_special_tokens=True)
        return Answer(text.strip(), "stop" if finished else "length", len(tokens), prompt_tokens)
