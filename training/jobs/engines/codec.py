"""Conversations as token ids with the room that is left for an answer, and token ids as answers: for local engines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.jobs.conversations import Encoder
from training.jobs.engines import Answer, AnswerRequest, Refusal
from training.jobs.rendering import Unencodable
from training.specs import Draw


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

    def answer(self, tokens: Sequence[int], prompt_tokens: int, draw: Draw, logprob: float | None = None) -> Answer:
        """Of what was said, what ended it included; the text is without it, whether a token, special or not, or words
        of the draw's `stop`."""
        by_token = bool(tokens) and tokens[-1] in self.ends
        text = self.text(tokens[:-1] if by_token else tokens)
        stop = self.stop_in(text, tokens, draw)
        finished = by_token or stop is not None
        reason: Literal["stop", "length"] = "stop" if finished else "length"
        return Answer(text[:stop].strip(), reason, len(tokens), prompt_tokens, logprob=logprob)

    def has_ended(self, tokens: Sequence[int], draw: Draw) -> bool:
        """Whether the last of these tokens ended the answer."""
        if tokens[-1] in self.ends:
            return True
        if not draw.stop or len(tokens) <= draw.min_tokens:
            return False
        # So many tokens hold the longest: each is a byte at least, and four are a character at most.
        last = self.text(tokens[-4 * max(map(len, draw.stop)) :])
        return any(words in last for words in draw.stop) and self.stop_in(self.text(tokens), tokens, draw) is not None

    def stop_in(self, text: str, tokens: Sequence[int], draw: Draw) -> int | None:
        """Where the first of the words stands that end an answer; what the first `min_tokens` say ends none."""
        if not draw.stop:
            return None
        free = len(self.text(tokens[: draw.min_tokens])) if draw.min_tokens else 0
        found = [text.find(words, max(0, free - len(words) + 1)) for words in draw.stop]
        return min((place for place in found if place >= 0), default=None)

    def text(self, tokens: Sequence[int]) -> str:
        text: str = self.encoder.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text
