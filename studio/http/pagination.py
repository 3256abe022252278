"""Keyset pages."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Pages by the last row seen, newest first, so that page 10,000 costs what page 1 costs."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 500
