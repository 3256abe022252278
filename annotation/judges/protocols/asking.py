"""The chats of judges of our own: their texts, filled. What is filled in is never read as a text with places."""

from collections.abc import Mapping, Sequence

from annotation.judges.config.description import Judge
from annotation.judges.config.published import fill
from annotation.models import Pair, Prompt, Response, Shown
from annotation.models.prompts import Message

COMPARED = ("conversation", "first", "second")


def either_order(judge: Judge) -> list[str]:
    return [Shown.LEFT_FIRST, Shown.RIGHT_FIRST] if judge.both_orders else [Shown.LEFT_FIRST]


def baseline_first(pair: Pair) -> str:
    """The order of published comparisons. `pair.metadata["baseline"]` is the name of the baseline's author.

    Where nobody says, it is the earlier response: a baseline is there before what is held against it.
    """
    baseline = pair.metadata.get("baseline")
    return Shown.RIGHT_FIRST if baseline and pair.right.author.name == baseline else Shown.LEFT_FIRST


def compared(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    """About two responses to a conversation."""
    texts = {"first": answer(judge, pair.prompt, first), "second": answer(judge, pair.prompt, second)}
    return chat(judge, about(judge, pair.prompt) | texts)


def single(judge: Judge, prompt: Prompt, response: Response) -> list[Message]:
    """About one response to a conversation."""
    return chat(judge, about(judge, prompt) | {"response": answer(judge, prompt, response)})


def chat(judge: Judge, values: Mapping[str, str]) -> list[Message]:
    system: list[Message] = [{"role": "system", "content": judge.system}] if judge.system else []
    return [*system, {"role": "user", "content": fill(judge.user, values)}]


def about(judge: Judge, prompt: Prompt) -> dict[str, str]:
    """The conversation, and its reference answer as the judge's `reference` text presents it, if there is one."""
    known = references(prompt)[: judge.turn]
    told = fill(judge.reference, {"reference": "\n\n".join(known)}) if known else ""
    return {"conversation": written(prompt.messages), "reference": told}


def references(prompt: Prompt) -> list[str]:
    """One for each turn."""
    known: list[str] | str = prompt.metadata.get("reference") or []
    return [known] if isinstance(known, str) else known


def answer(judge: Judge, prompt: Prompt, response: Response) -> str:
    """The response; up to the judge's turn, with the questions between, where it has several."""
    answers = response.metadata.get("turns")
    if judge.turn is None or not answers:
        return response.text
    told = [("assistant", answers[0])]
    for asked, answered in zip(prompt.metadata["turns"][1 : judge.turn], answers[1 : judge.turn], strict=True):
        told += [("user", asked), ("assistant", answered)]
    return answers[0] if len(told) == 1 else written([Message(role=role, content=text) for role, text in told])


def written(conversation: Sequence[Message]) -> str:
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in conversation)
