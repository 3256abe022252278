"""Text into token ids so that only a chat template writes control tokens, never what a message says.

A tokenizer turns the text of a special token into its id wherever it stands. So before a template is rendered, such
text in a message is hidden behind a stand-in. Afterwards the template's own control tokens are written under secret
names, the stand-ins become text again, and a copy of the tokenizer that knows those tokens by their secret names only
encodes the whole. A row without such text is encoded by the tokenizer as it is.
"""

import re
import uuid
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import msgspec
from tokenizers import AddedToken, Tokenizer

from training.specs import SpecError

Message = dict[str, str]


@dataclass(frozen=True)
class Tokens:
    """Token ids, and from where to where in the text each stands, in characters."""

    ids: list[int]
    starts: list[int]
    ends: list[int]

    def before(self, position: int) -> int:
        """How many tokens come before a position of the text."""
        return bisect_left(self.starts, position)

    def meet_at(self, position: int) -> bool:
        """Whether no token reaches over a position of the text."""
        return all(end <= position for end in self.ends[: self.before(position)][-1:])


@dataclass
class Written:
    """A text under way, with the place in another text that each of its characters comes from."""

    text: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def copy(self, text: str, start: int) -> None:
        self.text.append(text)
        self.starts.extend(range(start, start + len(text)))
        self.ends.extend(range(start + 1, start + len(text) + 1))

    def put(self, text: str, start: int, end: int) -> None:
        """Another text in the place of what stands from `start` to `end`."""
        self.text.append(text)
        self.starts.extend([start] * len(text))
        self.ends.extend([end] * len(text))


class ControlTokens:
    """The control tokens of a tokenizer under a template: special ones, and added ones that the template writes.

    Other added tokens, such as runs of spaces, are ordinary text. Raises SpecError where the tokenizer cannot be
    copied: a slow one.
    """

    def __init__(self, tokenizer: Any, source: str) -> None:
        if not getattr(tokenizer, "is_fast", False):
            raise SpecError("base", "its tokenizer has no fast form; save it with a tokenizer.json")
        self.backend: Tokenizer = tokenizer.backend_tokenizer
        # A single sign, which some take for padding, is text.
        added = {id: token for id, token in tokenizer.added_tokens_decoder.items() if len(token.content.strip()) > 1}
        special = set(tokenizer.all_special_ids)
        self.special: dict[str, int] = {
            token.content: id for id, token in added.items() if token.special or id in special
        }
        self.ids: dict[str, int] = self.special | {
            token.content: id for id, token in added.items() if token.content in source
        }
        # Such a token is also met in text that only becomes its name, as full-width letters do.
        self.always_guarded = self.backend.normalizer is not None and any(
            added[id].normalized for id in self.ids.values()
        )
        self.secret = uuid.uuid4().hex
        self.cut = self.name_of("cut")

    def name_of(self, what: object) -> str:
        return f"{self.secret}n{what}n"

    # What messages say

    @cached_property
    def anywhere(self) -> re.Pattern[str]:
        return any_of(self.ids)

    @cached_property
    def in_answers(self) -> re.Pattern[str]:
        """An answer may say what is not special, such as `<think>`: a model says it by that token."""
        return any_of(self.special)

    def hidden(self, messages: Sequence[Message]) -> list[Message]:
        """The messages with a stand-in for each control token that a text names."""
        return [message | {"content": self.hide(message)} for message in messages]

    def hide(self, message: Message) -> str:
        pattern = self.in_answers if message["role"] == "assistant" else self.anywhere
        return pattern.sub(lambda found: self.name_of(f"text{self.ids[found[0]]}"), message["content"])

    def shown(self, text: str) -> str:
        """The text with what its stand-ins stand for."""
        return self.stand_ins.sub(lambda found: self.texts[int(found[1])], text)

    @cached_property
    def stand_ins(self) -> re.Pattern[str]:
        return re.compile(self.name_of(r"text(\d+)"))

    @cached_property
    def texts(self) -> dict[int, str]:
        return {id: text for text, id in self.ids.items()}

    # What a template wrote of them

    def encode(self, text: str, cuts: Iterable[int] = (), guarded: bool = False) -> Tokens:
        """Token ids of a rendered text; `guarded` where it has stand-ins. No token reaches over one of `cuts`."""
        cuts = sorted(cuts)
        if not (cuts or guarded or self.always_guarded):
            found = self.plain.encode(text, add_special_tokens=False)
            return Tokens(found.ids, [start for start, _ in found.offsets], [end for _, end in found.offsets])
        written = Written()
        for number, (start, end) in enumerate(pairwise([0, *cuts, len(text)])):
            if number:
                written.put(self.cut, start, start)
            self.write(written, text, start, end)
        return self.encode_written(written)

    def write(self, written: Written, text: str, start: int, end: int) -> None:
        """A part of a text: its control tokens by their secret names, its stand-ins as what they stand for."""
        at = start
        for found in self.replaced.finditer(text, start, end):
            written.copy(text[at : found.start()], at)
            token = self.texts[int(found[1])] if found[1] else self.name_of(self.ids[found[0]])
            written.put(token, *found.span())
            at = found.end()
        written.copy(text[at:end], at)

    @cached_property
    def replaced(self) -> re.Pattern[str]:
        return re.compile(f"{self.stand_ins.pattern}|{self.anywhere.pattern}")

    def encode_written(self, written: Written) -> Tokens:
        found = self.renamed.encode("".join(written.text), add_special_tokens=False)
        cut = self.renamed.token_to_id(self.cut)
        kept = [(id, start, end) for id, (start, end) in zip(found.ids, found.offsets, strict=True) if id != cut]
        starts, ends = [*written.starts, *written.ends[-1:]], written.ends
        return Tokens(
            [id for id, *_ in kept],
            [starts[start] for _, start, _ in kept],
            [ends[end - 1] if end > start else starts[start] for _, start, end in kept],
        )

    def spelled(self, tokens: Tokens, text: str) -> Iterator[str]:
        """What each token stands for, to be shown. Of several for one character the first shows it."""
        last = None
        for id, start, end in zip(tokens.ids, tokens.starts, tokens.ends, strict=True):
            if self.secret in text[start:end]:
                yield self.backend.decode([id], skip_special_tokens=False)
            else:
                yield "" if (start, end) == last else text[start:end]
            last = (start, end)

    # Copies of the tokenizer

    @cached_property
    def plain(self) -> Tokenizer:
        """The tokenizer, but for what would trim the places of tokens, cut or pad."""
        return copied(self.description())

    @cached_property
    def renamed(self) -> Tokenizer:
        """One that knows control tokens by their secret names only, and a token to cut by."""
        described = self.description()
        names = {text: self.name_of(id) for text, id in self.ids.items()}
        for token in described["added_tokens"]:
            if token["content"] in names:
                token |= {"content": names[token["content"]], "normalized": False, "single_word": False}
        described["model"] = renamed_model(described["model"], names)
        found = copied(described)
        moved = [text for text, name in names.items() if found.token_to_id(name) != self.ids[text]]
        if moved:
            raise SpecError("base", f"its tokenizer cannot be told to spell {', '.join(moved)}; save it anew")
        found.add_special_tokens([AddedToken(self.cut, normalized=False)])
        return found

    def description(self) -> dict[str, Any]:
        described: dict[str, Any] = msgspec.json.decode(self.backend.to_str())
        return described | {"post_processor": None, "truncation": None, "padding": None}


def copied(described: dict[str, Any]) -> Tokenizer:
    return Tokenizer.from_str(msgspec.json.encode(described).decode())


def renamed_model(model: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A model of `tokenizers` whose vocabulary has other names for some tokens, and never makes these of parts."""
    vocabulary = model["vocab"]
    if isinstance(vocabulary, dict):
        vocabulary = {names.get(text, text): id for text, id in vocabulary.items()}
    else:
        vocabulary = [[names.get(text, text), score] for text, score in vocabulary]
    changed = {"vocab": vocabulary}
    if model.get("unk_token") in names:
        changed["unk_token"] = names[model["unk_token"]]
    if "merges" in model:
        changed["merges"] = [parts for parts in model["merges"] if not (names.keys() & {*parts, "".join(parts)})]
    return model | changed


def any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """The longest of several texts that begins at a place; nothing where there are none."""
    found = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found)) or r"(?!)")
