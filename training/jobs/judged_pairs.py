"""Preferences as a reward model reads them: two conversations of ids, cut as was asked where they are too long.

Knows nothing of torch.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from training.jobs.control_tokens import Message, Tokens
from training.jobs.conversations import Encoded, Encoder, Record, both
from training.specs import Reward

Row = dict[str, Any]
# Which places are cut of the chosen and of the rejected conversation; None where cutting does not help.
Cuts = tuple[range, range] | None
# What is held against a pair's mean in the columns of a row; a record of a file from elsewhere may have none.
UNSTATED = ""


def rows(encoder: Encoder, records: Iterator[Record], spec: Reward) -> Iterator[Row]:
    """`chosen_ids` and `rejected_ids`, what the loss needs, and what accuracy is told apart by."""
    for record, chosen, rejected in fitting(encoder, records, spec):
        grade = abs(float(record.get("margin") or 0.0))
        agreement = float(record.get("agreement", 1.0))
        yield {
            "chosen_ids": chosen,
            "rejected_ids": rejected,
            "length": max(len(chosen), len(rejected)),
            "grade": grade,
            "agreement": agreement,
            "votes": float(record.get("votes") or 1),
            "domain": str(record.get("category") or UNSTATED),
            "language": str(record.get("language") or UNSTATED),
            "longer_by": len(str(record["chosen"])) / max(len(str(record["rejected"])), 1),
        } | ({} if spec.margin == "none" else {"margin": margin(spec, grade, agreement)})


def margin(spec: Reward, grade: float, agreement: float) -> float:
    """By how much the chosen response must win."""
    base = {"grade": grade, "fixed": 1.0, "agreement": 2 * agreement - 1}[spec.margin]
    return spec.margin_scale * base


def fitting(
    encoder: Encoder, records: Iterator[Record], spec: Reward
) -> Iterator[tuple[Record, list[int], list[int]]]:
    """Both sides of each pair within the longest length; those that cannot be are dropped and counted."""
    for record in records:
        for one, other in encoder.tried(record, partial(read, encoder, spec), both(record)):
            cuts = cuts_of(spec, one[0], other[0], encoder.max_length)
            if cuts is None:
                encoder.drop_long(record)
                continue
            if any(cuts):
                encoder.counts[spec.too_long] += 1
            yield record, without(one[0].ids, cuts[0]), without(other[0].ids, cuts[1])


def read(encoder: Encoder, spec: Reward, messages: Sequence[Message]) -> tuple[Encoded, Tokens, str]:
    """A conversation, with the places of its answers only where the end of one may be cut; its tokens and text."""
    if spec.too_long == "cut_response":
        return encoder.located(messages)
    tokens, text, _ = encoder.read(messages)
    return Encoded(tokens.ids, ()), tokens, text


def cuts_of(spec: Reward, chosen: Encoded, rejected: Encoded, most: int) -> Cuts:
    if max(len(chosen.ids), len(rejected.ids)) <= most:
        return range(0), range(0)
    match spec.too_long:
        case "cut_left":
            return cut_left(chosen.ids, rejected.ids, most)
        case "cut_response":
            return cut_responses(chosen, rejected, most)
    return None


def without(ids: list[int], cut: range) -> list[int]:
    return [*ids[: cut.start], *ids[cut.stop :]]


def cut_left(first: list[int], second: list[int], most: int) -> Cuts:
    """As many ids of both, from their beginning, as the longer one has too many; None where it is not all prompt."""
    over = max(len(first), len(second)) - most
    return (range(over), range(over)) if over < shared(first, second) else None


def cut_responses(chosen: Encoded, rejected: Encoded, most: int) -> Cuts:
    """Of each the end of its last answer, but for the token that ends it; None where nothing else of it would stay."""
    first, second = (cut_response(side, most) for side in (chosen, rejected))
    return None if first is None or second is None else (first, second)


def cut_response(side: Encoded, most: int) -> range | None:
    if len(side.ids) <= most:
        return range(side.end, side.end)
    closing = side.end - 1
    kept = most - (len(side.ids) - closing)
    return range(kept, closing) if kept > side.prompt else None


def shared(first: list[int], second: list[int]) -> int:
    """How many ids the two begin with alike: the prompt, and perhaps more."""
    return next(
        (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )
