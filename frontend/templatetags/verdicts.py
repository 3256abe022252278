"""Tags for grades: −3 (A much better) over 0 (tie) to +3 (B much better). A is the left response, B the right one."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

STRENGTHS = ((2.5, "much better"), (1.5, "better"), (0.5, "slightly better"))
WIDTH, MIDDLE, STEP = 50, 25, 8


@register.filter
def verdict(grade: float | None) -> str:
    """A grade, or a mean of grades, in words."""
    if grade is None:
        return "–"
    side = "A" if grade < 0 else "B"
    return next((f"{side} {words}" for least, words in STRENGTHS if abs(grade) >= least), "tie")


@register.filter
def signed(number: float | None) -> str:
    """`+1.5`, `−2`, `0`: with a true minus."""
    return "–" if number is None else f"{number:+.3g}".replace("-", "−") if number else "0"


# Means of few grades: a list has the same ones over and over.
@register.simple_tag
@lru_cache(maxsize=1_000)
def grade_bar(grade: float | None) -> SafeString | str:
    """A bar from the middle towards the better side, and the words beside it."""
    if grade is None:
        return format_html('<span class="faint">{}</span>', "–")
    length = max(abs(grade) * STEP, 2)
    return format_html(
        '<span class="grade" title="{}"><svg width="{}" height="12" aria-hidden="true">'
        '<line x1="{}" x2="{}" y1="0" y2="12"/>'
        '<rect class="{}" x="{}" y="3" width="{}" height="6" rx="2"/></svg><span>{}</span></span>',
        f"mean grade {signed(grade)}",
        WIDTH,
        MIDDLE,
        MIDDLE,
        "a" if grade < 0 else "b" if grade > 0 else "tie",
        f"{MIDDLE - length if grade < 0 else MIDDLE if grade > 0 else MIDDLE - 1:.1f}",
        f"{length:.1f}",
        verdict(grade),
    )
