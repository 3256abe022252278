"""Numbers and times as words that people read. Pure."""

from datetime import datetime

from studio.words import counted

MINUTE, HOUR, DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def new_run(label: str) -> str:
    """What begins a run of a kind: "New DPO run", "New judge run"; of several words "New run: create a model"."""
    return f"New run: {label.lower()}" if " " in label else f"New {label if label.isupper() else label.lower()} run"


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`, or how far ahead; days up to a month, then the date."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now"
    if distance > 30 * DAY:
        return f"{moment:%d %b %Y}".lstrip("0")
    words = nearest(distance)
    return f"{words} ago" if seconds > 0 else f"in {words}"


def nearest(seconds: float) -> str:
    if seconds < HOUR:
        return f"{max(1, round(seconds / MINUTE))} min"
    if seconds < DAY:
        return f"{round(seconds / HOUR)} h"
    days = round(seconds / DAY)
    return counted(days, "day")


def compact(number: float) -> str:
    """Three figures and a letter: 950, 12.4k, 3.1M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # What would be rounded up to a thousand of the smaller one is one of this.
        if round(abs(number) / size, 4) >= 1:
            return f"{number / size:.1f}".removesuffix(".0") + letter
    return f"{number:g}"


def p_value(p: float) -> str:
    """Two figures; below a thousandth nobody reads them."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
