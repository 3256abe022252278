"""ShareGPT conversations: a JSON array or JSON lines of `{"conversations": [{"from": "human", "value": "…"}, …]}`.

The last turn, where the model spoke it, becomes the response and all before it the prompt; a conversation that ends
with a person is a prompt that waits. Turns of a model before anybody asked are left out, and counted in the metadata.
A turn of the model may have a `weight`, as OpenChat's have: the response keeps those of all of the model's turns.
"""

from collections.abc import Iterator
from itertools import dropwhile

import msgspec

from annotation.interchange.entries import Answer, Entry, Fault, Refused, Role, Turn
from annotation.interchange.json_input import Readable, records

ROLES: dict[str, Role] = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "bot", "assistant", "chatgpt", "model", "bing", "bard", "function_call"), "assistant"),
    **dict.fromkeys(("exec", "tool", "function", "observation"), "tool"),
    "system": "system",
}
UNNAMED = "sharegpt"


class SharedTurn(msgspec.Struct):
    speaker: str = msgspec.field(name="from")
    value: str
    weight: float | None = None


class Record(msgspec.Struct):
    conversations: list[SharedTurn]
    id: str | int = ""
    model: str | None = None


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    said = [
        Turn(role=role(turn.speaker, place), content=turn.value) for place, turn in enumerate(record.conversations)
    ]
    turns = list(dropwhile(lambda turn: turn.role not in {"system", "user"}, said))
    metadata = {"id": record.id, "turns_left_out": len(said) - len(turns)}
    answers = []
    if turns and turns[-1].role == "assistant":
        weighed = weights(record.conversations[len(said) - len(turns) :])
        answers = [Answer(author=record.model or UNNAMED, text=turns.pop().content, metadata=weighed)]
    return Entry(prompt=turns, responses=answers, metadata={key: value for key, value in metadata.items() if value})


def weights(turns: list[SharedTurn]) -> dict[str, list[float]]:
    """One for each of the model's turns where any has one; without one a turn counts 1."""
    given = [turn.weight for turn in turns if ROLES.get(turn.speaker.lower()) == "assistant"]
    if all(weight is None for weight in given):
        return {}
    return {"weight": [1.0 if weight is None else weight for weight in given]}


def role(speaker: str, place: int) -> Role:
    known = ROLES.get(speaker.lower())
    if known is None:
        field = f"conversations[{place}].from"
        raise Refused(field, f"{speaker!r} is no known speaker.", f"Write one of {', '.join(ROLES)}.")
    return known
