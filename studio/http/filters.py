"""Filters of lists that refuse what they cannot read, in place of leaving it out."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import BooleanFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

BOOLEANS = {"", "true", "false", "1", "0"}


class FilterBackend(DjangoFilterBackend):
    """Raises ValidationError for a yes or no that is neither: the package would show the whole list."""

    def get_filterset(self, request: HttpRequest, queryset: QuerySet[Any], view: APIView) -> Any:
        found: Any = super().get_filterset(request, queryset, view)
        for name, one in found.filters.items() if found else ():
            given = request.GET.get(name, "")
            if isinstance(one, BooleanFilter) and given.lower() not in BOOLEANS:
                raise ValidationError({name: "Write true or false."})
        return found
