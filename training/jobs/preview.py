"""Tokens of a run that is not launched yet: `python -m training.jobs.preview`, a request as JSON in, a preview out.

It encodes as the trainers do, by the same encoder. Torch is kept out: it would take most of the seconds.
"""

import resource
import sys

if __name__ == "__main__":
    sys.modules["torch"] = None  # type: ignore[assignment]

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from training import specs
from training.jobs import judged_pairs, learnt_rows
from training.jobs.control_tokens import Message, Tokens
from training.jobs.conversations import Encoder, Record, both, demonstrated, named, with_answer
from training.jobs.tokenizer import load_tokenizer
from training.jobs.unpaired import judged as judged_alone
from training.jobs.unpaired import sides
from training.specs import Kto, Online, Reward, Sft, SpecError, Training
from training.token_previews import PreviewRequest, ShownConversation, ShownRow, ShownToken, TokenPreview, TokenState

# Rows that are shown; the others are only counted.
SHOWN = 4
# Tokens that are shown of a long conversation: its beginning, and its end, where the last answer is.
HEAD, TAIL = 200, 400
# A template may loop for ever. Seconds of CPU after which the system ends this program.
CPU_SECONDS = 60

Show = Callable[[Sequence[Message]], ShownConversation]


def preview(asked: PreviewRequest) -> TokenPreview:
    """What the run would learn of the records."""
    try:
        spec = cast(Training, specs.parse(asked.kind, asked.settings | {"base": asked.base}))
        tokenizer = load_tokenizer(Path(asked.base), spec)
        if isinstance(spec, Sft) and spec.loss_on == "text":
            return documents(tokenizer, asked.records, spec.max_length)
        encoder = Encoder(tokenizer, longest(spec))
        rows = list(shown(encoder, spec, asked.records))
    except SpecError as refused:
        return TokenPreview(refused=(refused.field, refused.problem))
    return TokenPreview(rows=rows[:SHOWN], left_out=encoder.left_out, counts=dict(encoder.counts))


def longest(spec: Training) -> int:
    """Tokens of a row; of a prompt that is answered online those that leave room for the answer."""
    return spec.max_length - spec.max_tokens if isinstance(spec, Online) else spec.max_length


def shown(encoder: Encoder, spec: Training, records: Sequence[Record]) -> Iterator[ShownRow]:
    if isinstance(spec, Reward):
        yield from judged(encoder, spec, records)
        return
    show, parts = {
        "sft": (lambda messages: demonstration(encoder, messages, cast(Sft, spec)), demonstrated),
        "dpo": (lambda messages: response(encoder, messages), both),
        "kto": (
            lambda messages: response(encoder, messages),
            lambda record: answers(encoder, record, cast(Kto, spec)),
        ),
        "online": (lambda messages: asked(encoder, messages), lambda record: [record["prompt"]]),
    }[spec.kind]
    for record in records:
        for found in encoder.tried(record, show, parts(record)):
            if not found:
                continue
            if any(one.cut if spec.kind == "online" else not one.learnt for one in found):
                encoder.drop_unanswered(record)
            else:
                encoder.counts["rows"] += 1
                encoder.counts["truncated"] += any(one.cut for one in found)
                # Of a preference SFT learns the first.
                called = zip(names(record, spec), found, strict=spec.kind != "sft")
                yield ShownRow(named(record), [msgspec.structs.replace(one, name=name) for name, one in called])


def answers(encoder: Encoder, record: Record, spec: Kto) -> list[list[Message]]:
    return [with_answer(record, answer) for answer, _ in judged_alone(encoder, record, spec)]


def names(record: Record, spec: Training) -> tuple[str, ...]:
    if spec.kind in ("sft", "online"):
        return ("",)
    return sides(record, cast(Kto, spec)) if spec.kind == "kto" else ("chosen", "rejected")


def documents(tokenizer: Any, records: Sequence[Record], most: int) -> TokenPreview:
    """Windows of plain text, all of it learnt."""
    counts = Counter[str]()
    windows = [row["input_ids"] for row in learnt_rows.documents(tokenizer, records, most, counts)]
    controls = set(tokenizer.all_special_ids)
    rows = []
    for place, ids in enumerate(windows[:SHOWN], 1):
        spelled = [ShownToken(tokenizer.decode([id]), "learnt", id in controls) for id in ids]
        rows.append(ShownRow(f"window {place}", [laid_out(spelled, learnt=len(ids), cut=0)]))
    return TokenPreview(rows=rows, counts=dict(counts))


def demonstration(encoder: Encoder, messages: Sequence[Message], spec: Sft) -> ShownConversation:
    row, tokens, text = encoder.located(messages)
    marks = row.learnt(spec.loss_on != "last_answer")
    return conversation(encoder, tokens, text, ["learnt" if mark else "masked" for mark in marks])


def response(encoder: Encoder, messages: Sequence[Message]) -> ShownConversation:
    """What follows the last answer is not weighed: no model says it."""
    row, tokens, text = encoder.located(messages)
    marks = row.learnt(every_answer=False)[: row.end]
    kept = Tokens(tokens.ids[: row.end], tokens.starts[: row.end], tokens.ends[: row.end])
    return conversation(encoder, kept, text, ["learnt" if mark else "masked" for mark in marks])


def judged(encoder: Encoder, spec: Reward, records: Sequence[Record]) -> Iterator[ShownRow]:
    """A reward model reads all that is not cut, and its score at the last token."""
    for record in records:
        for found in encoder.tried(record, partial(judged_pairs.read, encoder, spec), both(record)):
            cuts = judged_pairs.cuts_of(spec, found[0][0], found[1][0], encoder.max_length)
            if cuts is None:
                encoder.drop_long(record)
                continue
            encoder.counts["rows"] += 1
            if any(cuts):
                encoder.counts[spec.too_long] += 1
            sides = [
                msgspec.structs.replace(scored(encoder, tokens, text, cut), name=name)
                for name, (_, tokens, text), cut in zip(("chosen", "rejected"), found, cuts, strict=True)
            ]
            yield ShownRow(named(record), sides)


def scored(encoder: Encoder, tokens: Tokens, text: str, cut: range) -> ShownConversation:
    last = len(tokens.ids) - 1
    states = ["cut" if place in cut else "scored" if place == last else "masked" for place in range(last + 1)]
    return drawn(encoder, tokens, text, states)


def asked(encoder: Encoder, messages: Sequence[Message]) -> ShownConversation:
    """What the policy is asked with; it learns from answers that nobody has seen yet."""
    encoder.prompt(messages)
    tokens, text, _ = encoder.encode(messages, ask=True)
    return conversation(encoder, tokens, text, ["masked"] * len(tokens.ids))


def conversation(encoder: Encoder, tokens: Tokens, text: str, states: Sequence[str]) -> ShownConversation:
    most = encoder.max_length
    return drawn(encoder, tokens, text, [state if place < most else "cut" for place, state in enumerate(states)])


def drawn(encoder: Encoder, tokens: Tokens, text: str, states: Sequence[str]) -> ShownConversation:
    controls, kept = encoder.controls, [cast(TokenState, state) for state in states]
    spelled = [
        ShownToken(said, state, id in controls.texts)
        for id, said, state in zip(tokens.ids, controls.spelled(tokens, text), kept, strict=True)
    ]
    return laid_out(spelled, kept.count("learnt"), kept.count("cut"))


def laid_out(spelled: list[ShownToken], learnt: int, cut: int) -> ShownConversation:
    """Of a long conversation the beginning and the end."""
    is_long = len(spelled) > HEAD + TAIL
    return ShownConversation(
        name="",
        head=spelled[:HEAD] if is_long else spelled,
        omitted=len(spelled) - HEAD - TAIL if is_long else 0,
        tail=spelled[-TAIL:] if is_long else [],
        learnt=learnt,
        cut=cut,
        length=len(spelled),
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    found = preview(msgspec.json.decode(sys.stdin.buffer.read(), type=PreviewRequest))
    sys.stdout.buffer.write(msgspec.json.encode(found))
