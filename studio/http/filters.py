"""Filters of lists that refuse what they cannot read, in place of leaving it out; and a form as such filters."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import BooleanFilter, Filter
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.drainage import set_override
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

BOOLEANS = {"", "true", "false", "1", "0"}
# What a value that was asked for leaves of the rows.
Narrowing = Callable[[Any, Any], Any]


class FilterBackend(DjangoFilterBackend):
    """Raises ValidationError for a yes or no that is neither: the package would show the whole list."""

    def get_filterset(self, request: HttpRequest, queryset: QuerySet[Any], view: APIView) -> Any:
        found: Any = super().get_filterset(request, queryset, view)
        for name, one in found.filters.items() if found else ():
            given = request.GET.get(name, "")
            if isinstance(one, BooleanFilter) and given.lower() not in BOOLEANS:
                raise ValidationError({name: "Write true or false."})
        return found


class FieldFilter(Filter):
    """A field of a form as a filter: the field checks what is asked, and `narrow` says what that leaves."""

    def __init__(self, field: forms.Field, narrow: Narrowing) -> None:
        super().__init__(label=str(field.label or ""))
        self.asked, self.narrow = field, narrow
        set_override(self, "field", schema(field))

    @property
    def field(self) -> forms.Field:
        found = deepcopy(self.asked)
        found.required = False
        return found

    def filter(self, qs: Any, value: Any) -> Any:
        return qs if value in EMPTY_VALUES else self.narrow(qs, value)


def filters_of(form: type[forms.Form], by: Mapping[str, Narrowing]) -> dict[str, FieldFilter]:
    """A filter for each field of a form; `by` says what each does to the rows."""
    return {name: FieldFilter(field, by[name]) for name, field in form.base_fields.items()}


def schema(field: forms.Field) -> dict[str, Any]:
    """What a field takes, as OpenAPI says it."""
    said: dict[str, Any] = {"type": "string", "description": described(field)}
    if isinstance(field, forms.ModelChoiceField):
        said["type"] = "string" if field.to_field_name else "integer"
    elif isinstance(field, forms.ChoiceField):
        said["enum"] = [value for value, _ in field.choices if value]  # type: ignore[union-attr, misc]
    elif isinstance(field, forms.IntegerField):
        bounds = {"minimum": field.min_value, "maximum": field.max_value}
        said["type"] = "number" if isinstance(field, forms.FloatField) else "integer"
        said |= {name: bound for name, bound in bounds.items() if bound is not None}
    return said


def described(field: forms.Field) -> str:
    return ". ".join(filter(None, [str(field.label or ""), str(field.help_text)]))
