"""Filters that name authors by their ids and collections by their slugs."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from annotation.models import Author, Collection


@extend_schema_field(OpenApiTypes.INT)
class AuthorFilter(filters.ModelChoiceFilter):
    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Author.objects.all(), **options)


@extend_schema_field(OpenApiTypes.STR)
class CollectionFilter(filters.ModelChoiceFilter):
    """Looked up first: by its id the planner knows how many rows a collection has."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Collection.objects.all(), to_field_name="slug", **options)
