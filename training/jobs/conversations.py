"""Records into token ids: one place that decides what a trainer sees, and counts what it does not see."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.jobs.templates import markers_of
from training.specs import SpecError

Message = dict[str, str]
IGNORED = -100
BATCH = 1000


@dataclass(frozen=True)
class Encoded:
    """A conversation as token ids; `answer` marks those of assistant turns, `prompt` counts those before the last."""

    ids: list[int]
    answer: list[int]
    prompt: int


@dataclass
class Encoder:
    """Renders conversations by the tokenizer's chat template.

    `counts` tells how many rows were dropped or cut, by reason. A message that holds a marker of the template or a
    special token could pose as another turn: its row is dropped.
    """

    tokenizer: Any
    max_length: int
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        template = self.tokenizer.chat_template
        if not template:
            raise SpecError("template", "this checkpoint has none of its own; name one, such as vicuna")
        self.markers = (*self.tokenizer.all_special_tokens, *markers_of(template))

    def is_sound(self, messages: Sequence[Message]) -> bool:
        """Whether roles alternate as a chat template expects, and no text poses as a turn."""
        turns = [message["role"] for message in messages]
        turns = turns[1:] if turns[:1] == ["system"] else turns
        if not turns or any(role != ("user", "assistant")[place % 2] for place, role in enumerate(turns)):
            self.counts["dropped_roles"] += 1
            return False
        if any(marker in message["content"] for message in messages for marker in self.markers):
            self.counts["dropped_markers"] += 1
            return False
        return True

    def conversations(self, conversations: Sequence[Sequence[Message]]) -> list[Encoded]:
        """Conversations that end in an answer. The prompt ends where its ids and the whole's part."""
        if not conversations:
            return []
        whole = self.tokenizer.apply_chat_template(
            list(map(list, conversations)), return_dict=True, return_assistant_tokens_mask=True
        )
        prompts = self.prompts([messages[:-1] for messages in conversations])
        return [
            Encoded(ids, answer, common_prefix(prompt, ids))
            for ids, answer, prompt in zip(whole["input_ids"], whole["assistant_masks"], prompts, strict=True)
        ]

    def prompts(self, prompts: Sequence[Sequence[Message]]) -> list[list[int]]:
        """Token ids of conversations up to where the next answer begins."""
        return self.rendered(prompts, add_generation_prompt=True)

    def rendered(self, conversations: Sequence[Sequence[Message]], **options: bool) -> list[list[int]]:
        """Token ids of whole conversations."""
        if not conversations:
            return []
        ids: list[list[int]] = self.tokenizer.apply_chat_template(
            list(map(list, conversations)), return_dict=True, **options
        )["input_ids"]
        return ids

    # Rows as TRL's trainers take them

    def demonstrations(self, records: Iterable[dict[str, Any]], every_answer: bool) -> Iterator[dict[str, Any]]:
        """Rows of `input_ids` and `labels`. A preference counts as a demonstration of its chosen response."""
        for batch in batched(records):
            sound = [with_answer(record, record.get("response", record.get("chosen"))) for record in batch]
            for row in self.conversations([messages for messages in sound if self.is_sound(messages)]):
                yield from self.labelled(row, every_answer)

    def labelled(self, row: Encoded, every_answer: bool) -> Iterator[dict[str, Any]]:
        learnt = row.answer if every_answer else [0] * row.prompt + [1] * (len(row.ids) - row.prompt)
        labels = [token if mark else IGNORED for token, mark in zip(row.ids, learnt, strict=True)][: self.max_length]
        if all(label == IGNORED for label in labels):
            self.counts["dropped_masked"] += 1
            return
        self.counts["rows"] += 1
        self.counts["truncated"] += len(row.ids) > self.max_length
        yield {"input_ids": row.ids[: self.max_length], "labels": labels, "length": len(labels)}

    def preferences(self, records: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Encoded, Encoded]]:
        """Each sound preference with its chosen and its rejected conversation."""
        for batch in batched(records):
            sound = list(self.sound_pairs(batch))
            chosen = self.conversations([first for _, first, _ in sound])
            rejected = self.conversations([second for _, _, second in sound])
            yield from zip((record for record, *_ in sound), chosen, rejected, strict=True)

    def rendered_preferences(
        self, records: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], list[int], list[int]]]:
        """The same as plain token ids, for a model that judges the whole."""
        for batch in batched(records):
            sound = list(self.sound_pairs(batch))
            chosen = self.rendered([first for _, first, _ in sound])
            rejected = self.rendered([second for _, _, second in sound])
            yield from zip((record for record, *_ in sound), chosen, rejected, strict=True)

    def sound_pairs(
        self, records: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], list[Message], list[Message]]]:
        for record in records:
            chosen, rejected = with_answer(record, record["chosen"]), with_answer(record, record["rejected"])
            if self.is_sound(chosen) and self.is_sound(rejected):
                yield record, chosen, rejected


def with_answer(record: dict[str, Any], answer: Any) -> list[Message]:
    return [*record["prompt"], {"role": "assistant", "content": str(answer)}]


def common_prefix(first: list[int], second: list[int]) -> int:
    return next((place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))


def batched(records: Iterable[dict[str, Any]], size: int = BATCH) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
