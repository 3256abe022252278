"""Markdown, code and mathematics to sanitised HTML. What a model wrote is hostile until it has passed through here.

Raw HTML is shown as text, pictures are shown as links (a picture would tell its server who reads what),
code is highlighted by CSS classes, mathematics becomes MathML, and the whole passes an allow-list at the end.
No text costs more than its budget, and no page more than its own: what is beyond is shown as it was written,
and says so.
"""

from functools import lru_cache
from time import thread_time

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from frontend.kit.rendering import markdown_parser
from frontend.kit.rendering.budgets import RENDERING, Budget, OverBudget, this_page
from frontend.kit.rendering.folding import RENDERED, cut, folded, raw, tamed
from frontend.kit.rendering.highlighting import Highlighter
from frontend.kit.rendering.sanitising import sanitised
from frontend.kit.rendering.thoughts import parted

TOO_COSTLY = "Shown as it was written: this text is too intricate to be rendered."
TOO_MUCH = "Shown as it was written: this page has too many long texts to render them all."
# Remembered renderings are short, so that they are no burden.
REMEMBERED = 4_000


class OutOfTime(Exception):
    """A text that ran out of time: `shown` is right for now, and not remembered, since it may be quicker next time."""

    def __init__(self, shown: SafeString) -> None:
        super().__init__()
        self.shown = shown


def markdown(text: str) -> SafeString:
    """HTML that is safe to put into a page, and the raw text in a template for those who ask to see it.

    The template lies before what is folded away, which is as it was written already.
    """
    text = tamed(text)
    source = f'<template class="raw">{raw(text[: cut(text, RENDERED)])}</template>'
    return on_page(text, source)


def rendered(text: str) -> SafeString:
    """As `markdown`, without the raw text."""
    return on_page(tamed(text))


def on_page(text: str, source: str = "") -> SafeString:
    """A tamed text within its own budget and that of its page, its `source`, and what is folded away."""
    page, started, end = this_page(), thread_time(), cut(text, RENDERED)
    shown = plain(text[:end], TOO_MUCH) if page.is_spent else whole(text[:end])
    page.seconds += thread_time() - started
    rest = folded(text[end:], page) if end < len(text) else ""
    return mark_safe(shown + source + rest)


def whole(text: str) -> SafeString:
    try:
        return (remembered if len(text) <= REMEMBERED else made)(text)
    except OutOfTime as error:
        return error.shown


def made(text: str) -> SafeString:
    """One text within its budget. Raises OutOfTime."""
    budget = Budget(RENDERING)
    highlighter = Highlighter(budget)
    try:
        shown = sanitised(told_apart(text, budget, highlighter))
    except OverBudget as error:
        raise OutOfTime(plain(text, TOO_COSTLY)) from error
    if highlighter.is_out_of_time:
        raise OutOfTime(shown)
    return shown


remembered = lru_cache(maxsize=2048)(made)


def told_apart(text: str, budget: Budget, highlighter: Highlighter) -> str:
    """Raises OverBudget."""
    thoughts, answer, finished = parted(text)
    if thoughts is None:
        return markdown_parser.html(answer, budget, highlighter)
    says = "Thinking" if finished else "Thinking, without an end"
    inner = markdown_parser.html(thoughts, budget, highlighter)
    first = f'<details class="thinking" open><summary>{says}</summary>{inner}</details>'
    return first + markdown_parser.html(answer, budget, highlighter)


def code(text: str, language: str = "") -> SafeString:
    """One code block, highlighted where the language is known."""
    try:
        return block(text, language)
    except OutOfTime as error:
        return error.shown


@lru_cache(maxsize=256)
def block(text: str, language: str) -> SafeString:
    """Raises OutOfTime."""
    highlighter = Highlighter(Budget(RENDERING))
    shown = sanitised(highlighter.block(text, language))
    if highlighter.is_out_of_time:
        raise OutOfTime(shown)
    return shown


def plain(text: str, why: str) -> SafeString:
    return mark_safe(f'<p class="note">{escape(why)}</p>{raw(text)}')
