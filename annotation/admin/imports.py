"""Files that came into collections, as they were recorded."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import Import


@admin.register(Import)
class ImportAdmin(History):
    list_display = ("file", "collection", "format", "entries", "added_words", "by", "at")
    list_filter = ("format",)
    list_select_related = ("collection", "by")
    search_fields = ("file",)
