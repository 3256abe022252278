"""The review queue."""

from django.contrib import admin

from annotation.admin.bases import History, Listed, ReadOnly, excerpt
from annotation.models import Assignment, Remark


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly, Listed):
    """Slots are opened, leased and done by `annotation/assigning.py` only."""

    list_display = ("pair", "number", "state", "annotator", "priority", "leased_until", "done_at")
    list_filter = ("state", "annotator")
    list_select_related = ("pair", "annotator")


@admin.register(Remark)
class RemarkAdmin(History):
    list_display = ("pair", "kind", "author", "said", "created_at")
    list_filter = ("kind", "author")
    list_select_related = ("pair", "author")
    search_fields = ("reason",)

    @admin.display(description="Reason")
    def said(self, remark: Remark) -> str:
        return excerpt(remark.reason)
