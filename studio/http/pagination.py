"""Keyset pages."""

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from studio.http.parsing import row_id


class KeysetPagination(CursorPagination):
    """Pages by the last row seen, newest first, so that page 10,000 costs what page 1 costs."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not row_id(asked):
            raise ValidationError({self.page_size_query_param: "Write a whole number of at least 1."})
        return super().get_page_size(request)
