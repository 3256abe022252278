"""How dates and times are written: as in the language that somebody chose, or that their browser asks for.

Pages are in English, with numbers as English writes them: only what stands for a moment follows the choice. The day
comes first and the month is a word where nobody chose: 11/12/2026 is two days, one in America and one in Europe.
"""

from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.formats import get_format
from django.utils.translation import get_language_info
from django.utils.translation.trans_real import parse_accept_lang_header

PLAIN = "plain"


class Way(NamedTuple):
    """In the codes of Django's filter `date`."""

    name: str
    day: str
    time: str


OWN = {PLAIN: Way("English", "j M Y", "H:i"), "iso": Way("ISO 8601", "Y-m-d", "H:i")}
# Of the languages that Django has formats for, those whose dates are numbers: no month has to be translated.
LANGUAGES = {
    "en": "English (United States)",
    "de": "",
    "es": "",
    "it": "",
    "ja": "",
    "ko": "",
    "pt-br": "",
    "zh-hans": "",
}
# What stands in browsers' settings for a language of the table.
SAME = {"zh": "zh-hans", "zh-cn": "zh-hans", "pt": "pt-br"}
chosen: ContextVar[str] = ContextVar("how dates are written", default=PLAIN)


@cache
def ways() -> dict[str, Way]:
    return OWN | {code: of_language(code, name) for code, name in LANGUAGES.items()}


def of_language(code: str, name: str) -> Way:
    def of(kind: str) -> str:
        return str(get_format(kind, code, use_l10n=True))

    return Way(name or get_language_info(code)["name_local"].capitalize(), of("SHORT_DATE_FORMAT"), of("TIME_FORMAT"))


def choices() -> list[tuple[str, str]]:
    """Each with the same moment, written so."""
    at = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)
    return [(code, f"{way.name}: {formatted(at, way.day)}, {formatted(at, way.time)}") for code, way in ways().items()]


def asked_for(accept_language: str) -> str:
    """The way for what a browser asks for first. English may be that of any country: its days are in words."""
    for code, _ in parse_accept_lang_header(accept_language):
        for known in (code, SAME.get(code, ""), code.partition("-")[0]):
            if known == "en":
                return PLAIN
            if known in LANGUAGES:
                return known
    return PLAIN


def day(at: date) -> str:
    """`30 Nov 2026`."""
    return formatted(at, ways()[chosen.get()].day)


def moment(at: datetime) -> str:
    """`30 Nov 2026, 14:05`, in UTC."""
    return f"{day(timezone.localtime(at))}, {time(at)}"


def time(at: datetime) -> str:
    return formatted(timezone.localtime(at), ways()[chosen.get()].time)
