"""Tags for what people and models wrote."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from frontend.kit import rendering
from frontend.kit.rendering import folding

register = template.Library()

# As annotation stores messages; anything else is shown as a plain turn.
ROLES = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown, code and mathematics as sanitised HTML; put it into an element of class `prose`."""
    return rendering.markdown(text)


@register.filter
def words(text: str) -> SafeString:
    """The beginning of a text, as it was written."""
    return folding.words(text)


@register.filter
def as_written(text: str) -> SafeString:
    """A whole text as it was written, which no browser hangs on."""
    return folding.whole(text)


@register.simple_tag
def code(text: str, language: str = "") -> SafeString:
    """A highlighted code block with a copy button."""
    return rendering.code(text, language)


@register.inclusion_tag("components/conversation.html")
def conversation(messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Messages in OpenAI's form as bubbles by role."""
    turns = [
        {"role": message["role"], "title": ROLES.get(message["role"], message["role"]), "text": message["content"]}
        for message in messages
    ]
    return {"turns": turns}
