"""What a list may be narrowed by, and how a URL with other parameters is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from urllib.parse import quote, urlencode

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from studio.http.filters import Narrowing


@dataclass(frozen=True)
class Chip:
    """One filter that is set, in words, and the address of the list without it."""

    label: str
    value: str
    removed: str


class Filters(forms.Form):
    """A form read from the address; every field may be empty. `by` says what each field does to the rows.

    Of a form that is not `whole` there is only what the address asks for: a list shows no more of it.
    """

    by: ClassVar[Mapping[str, Narrowing]] = {}

    def __init__(self, query: QueryDict, *, whole: bool = True) -> None:
        if not whole:
            asked = {name: field for name, field in self.base_fields.items() if name in query or name == "q"}
            self.base_fields = asked  # type: ignore[misc]  # of this form; each form copies its fields
        super().__init__(query, use_required_attribute=False, auto_id="filter_%s")
        for field in self.fields.values():
            field.required = False
            dress(field)

    @property
    def chosen(self) -> dict[str, Any]:
        """The fields that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}

    def narrow(self, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        for name, value in self.chosen.items():
            if name in self.by:
                rows = self.by[name](rows, value)
        return rows

    def chips(self, query: QueryDict) -> Iterator[Chip]:
        """A chip for each field that is set, but for the search words: these stand in their own box."""
        for name, value in self.chosen.items():
            if name != "q":
                field = self.fields[name]
                removed = address(query, **{name: None}, after=None, before=None)
                yield Chip(str(self[name].label), in_words(field, value), removed)

    @property
    def menu(self) -> list[forms.BoundField]:
        """The fields of the filter menu."""
        return [bound for bound in self if bound.name != "q"]


def dress(field: forms.Field) -> None:
    """The frame's look for a field of a small form."""
    widget = field.widget
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = "Any"
    if isinstance(widget, forms.Select):
        widget.attrs["class"] = "select small"
    elif not isinstance(widget, forms.CheckboxInput):
        widget.attrs["class"] = "input small"


def in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return next((str(words) for choice, words in choices(field) if choice == value), str(value))
    if isinstance(field, forms.FloatField):
        return f"{value:+g}".replace("-", "−")
    return "" if value is True else str(value)


def choices(field: forms.ChoiceField) -> Iterable[tuple[Any, Any]]:
    return cast("Iterable[tuple[Any, Any]]", field.choices)


def address(query: QueryDict, **changes: str | None) -> str:
    """The same page with other parameters: `None` takes one away, and empty ones are left out."""
    values = dict(query.lists()) | {name: [value] for name, value in changes.items()}
    kept = [(name, value) for name, found in values.items() for value in found if value]
    return "?" + urlencode(kept, safe=",~:", quote_via=quote)
