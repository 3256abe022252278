"""What pages of the admin have in common, whichever their model."""

from typing import Any

from django.http import HttpRequest


class FoundById:
    """Left of a page's base: a request that names an empty `_to_field` means the id."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        base: Any = super()
        return base.get_object(request, object_id, from_field or None)
