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

from frontend.rendering import parsing
from frontend.rendering.budgets import RENDERING, Budget, OverBudget, this_page
from frontend.rendering.folding import RENDERED, cut, folded, raw, tamed
from frontend.rendering.highlighting import Highlighter
from frontend.rendering.sanitising import sanitised
from frontend.rendering.thoughts import parted

TOO_COSTLY = "Shown as it was written: this text is too intricate to be rendered."
TOO_MUCH = "Shown as it was written: this page has too many long texts to render them all."
# Remembered renderings are short, so that they are no burden.
REMEMBERED = 4_000


def markdown(text: str) -> SafeString:
    """HTML that is safe to put into a page, and the raw text in a template for those who ask to see it."""
    text = tamed(text)
    end = cut(text, RENDERED)
    source = f'<template class="raw">{raw(text[:end])}</template>'
    return rendered(text, source)


def rendered(text: str, source: str = "") -> SafeString:
    """As `markdown`, with `source` in place of the raw text: it stands between what it replaces and what is folded."""
    page, started, text = this_page(), thread_time(), tamed(text)
    end = cut(text, RENDERED)
    shown = plain(text[:end], TOO_MUCH) if page.is_spent else (remembered if end <= REMEMBERED else whole)(text[:end])
    page.seconds += thread_time() - started
    return mark_safe(shown + source + (folded(text[end:], page) if end < len(text) else ""))


def whole(text: str) -> SafeString:
    """One text within its budget."""
    try:
        budget = Budget(RENDERING)
        return sanitised(told_apart(text, budget, Highlighter(budget)))
    except OverBudget:
        return plain(text, TOO_COSTLY)


remembered = lru_cache(maxsize=2048)(whole)


def told_apart(text: str, budget: Budget, highlighter: Highlighter) -> str:
    """Raises OverBudget."""
    thoughts, answer, finished = parted(text)
    if thoughts is None:
        return parsing.html(answer, budget, highlighter)
    says = "Thinking" if finished else "Thinking, without an end"
    inner = parsing.html(thoughts, budget, highlighter)
    first = f'<details class="thinking" open><summary>{says}</summary>{inner}</details>'
    return first + parsing.html(answer, budget, highlighter)


@lru_cache(maxsize=256)
def code(text: str, language: str = "") -> SafeString:
    """One code block, highlighted where the language is known."""
    return sanitised(Highlighter(Budget(RENDERING)).block(text, language))


def plain(text: str, why: str) -> SafeString:
    return mark_safe(f'<p class="note">{escape(why)}</p>{raw(text)}')
