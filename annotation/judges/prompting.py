"""What a judge is asked, and the digest by which the same question is known again. Pure."""

import hashlib
from collections.abc import Sequence

import msgspec

from annotation.judges.loading import Judge
from annotation.judges.published import fill
from annotation.models.prompts import Message


def question(judge: Judge, conversation: Sequence[Message], first: str, second: str) -> list[Message]:
    """The chat messages that ask about two responses in this order."""
    text = fill(judge.user, {"conversation": written(conversation), "first": first, "second": second})
    return [{"role": "system", "content": judge.system}, {"role": "user", "content": text}]


def written(conversation: Sequence[Message]) -> str:
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in conversation)


def digest(judge: Judge, messages: Sequence[Message]) -> str:
    """SHA-256 in hex of all that decides the answer: model, settings and messages."""
    asked = [judge.model, judge.settings, list(messages)]
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()
