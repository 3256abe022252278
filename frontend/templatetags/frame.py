"""Tags of the frame: icons, the import map, states, times, form fields."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, FileInput, NumberInput, RadioSelect, Select, Textarea
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from frontend.kit import modules, navigation, wording
from frontend.kit.listing import Row
from studio import dates, manage_command, words
from studio.projects import addresses

register = template.Library()

SHEETS = (
    "tokens",
    "base",
    "frame",
    "heads",
    "controls",
    "forms",
    "tables",
    "figures",
    "texts",
    "answers",
    "feedback",
    "widths",
)
TONES = {
    "running": "live",
    "leased": "live",
    "succeeded": "good",
    "done": "good",
    "valid": "good",
    "lost": "warn",
    "paused": "warn",
    "failed": "bad",
}


# A page has dozens of icons, and each would look up its file and be escaped anew.
@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """An icon of `static/icons.svg`; it says nothing to screen readers, so the words stand beside it."""
    sprite = static("icons.svg")
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', size, sprite, name)


@register.simple_tag
def icon_sprite() -> str:
    """Where the sprite lies, for modules that draw icons."""
    return static("icons.svg")


@register.simple_tag
@cache
def style_sheets() -> SafeString:
    addresses = ((static(f"css/{name}.css"),) for name in SHEETS)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', addresses)


@register.simple_tag
def crumb(title: object, url: str = "") -> SafeString:
    """One step of the breadcrumb; the last one, where we are, has no address."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, title)
    return format_html('<li><span aria-current="page">{}</span></li>', title)


@register.simple_tag
def row_url(name: str, row: Row, id: str = "id") -> str:
    """The page of a row of a list, in its own project where the list is of several."""
    path = reverse(name, args=[row[id]])
    return addresses.within(row["project_slug"], path) if "project_slug" in row else path


@register.simple_tag
def import_map() -> SafeString:
    """The one inline script: its hash is in the content security policy."""
    return mark_safe(f'<script type="importmap">{modules.import_map()}</script>')


@register.inclusion_tag("components/places.html", takes_context=True)
def places(context: RequestContext) -> dict[str, Any]:
    request = context["request"]

    def shown(places: list[navigation.Place]) -> list[tuple[navigation.Place, bool]]:
        return [(place, navigation.is_here(place, request.path_info)) for place in places]

    circle = shown(navigation.places(request.user))
    below = shown(navigation.below(request.user))
    return {"request": request, "home": circle[:1], "circle": circle[1:], "below": below}


@register.simple_tag
def state(name: str) -> SafeString:
    """A state as a badge in its colour: queued, running, succeeded, failed, lost, cancelled, waiting …"""
    tone = TONES.get(name, "")
    says = name.replace("_", " ")
    return format_html('<span class="badge {}"><span class="dot {}"></span>{}</span>', tone, tone, says)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """A time in words, with the exact one on hover; `times.js` keeps it true."""
    if moment is None:
        return "–"
    exact = f"{dates.moment(moment)} {timezone.localtime(moment):%Z}"
    says = wording.ago(moment, timezone.now())
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(), exact, says)


@register.filter
def day(at: date) -> str:
    """As the person has their dates: `30 Nov 2026`, `30.11.2026`."""
    return dates.day(at)


@register.filter
def moment(at: datetime) -> str:
    """Likewise: `30 Nov 2026, 14:05`."""
    return dates.moment(at)


@register.filter
def clock(at: datetime) -> str:
    """Likewise: `14:05`."""
    return dates.time(at)


@register.filter
def span(seconds: float | None) -> str:
    """A length of time: `42 s`, `3 min 12 s`, `2 h 05 min`."""
    return "–" if seconds is None else wording.span(seconds)


@register.filter
def thousands(number: float | None) -> str:
    """`4812` → `4,812`."""
    return "–" if number is None else f"{number:,}"


@register.filter
def counted(number: float | None, noun: str) -> str:
    """`1|counted:"pair"` → `1 pair`; an irregular plural follows a comma: `"person,people"`."""
    one, _, many = noun.partition(",")
    return "–" if number is None else words.counted(number, one, many)


@register.filter
def agreeing(many: str, total: str | None) -> str:
    """A plural that ends in s, for a total in words: `pairs|agreeing:"1"` → `pair`."""
    return many.removesuffix("s") if total == "1" else many


@register.filter
def compact(number: float | None) -> str:
    """`12400` → `12.4k`, for where room is short."""
    return "–" if number is None else wording.compact(number)


@register.simple_block_tag
def one_line(content: str) -> SafeString:
    """A long text, written over several lines and given as one: `{% one_line as how %} … {% endone_line %}`.

    A tag's argument and an attribute cannot be broken themselves.
    """
    # A block tag's content was escaped when it was rendered.
    return mark_safe(" ".join(content.split()))


@register.inclusion_tag("components/command.html")
def manage(command: str, *words: object, **options: object) -> dict[str, str]:
    """A command of `manage.py` to be copied, quoted for the shell: `{% manage "import_data" "pairs" "a.jsonl" %}`."""
    return {"text": manage_command.manage(command, *words, **options)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with its label, help and error, wired for screen readers."""
    widget = bound.field.widget
    if isinstance(widget, NumberInput):
        # A browser sends nonsense in a field of numbers as nothing, and nobody could say what is wrong with it.
        widget.input_type = "text"
        widget.attrs.setdefault("inputmode", "decimal")
    kind = css_class(widget)
    control = bound.as_widget(attrs={"class": f"{kind} {widget.attrs.get('class', '')}".strip()} if kind else {})
    return {"field": bound, "control": control, "is_check": isinstance(widget, CheckboxInput)}


def css_class(widget: object) -> str:
    if isinstance(widget, CheckboxInput | RadioSelect):
        return ""
    if isinstance(widget, Textarea):
        return "textarea"
    if isinstance(widget, Select) and not widget.allow_multiple_selected:
        return "select"
    return "input" if not isinstance(widget, Select) or isinstance(widget, FileInput) else "textarea"
