"""The review queue, who is paused, and what annotators flagged."""

from django.contrib import admin

from annotation.admin.bases import History, HistoryInline, Listed, ReadOnly, excerpt
from annotation.models import Assignment, Flag, Pause, Remark, Settlement


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly, Listed):
    """Slots are opened, leased and done by `annotation/review/queue.py` only."""

    list_display = ("pair", "number", "state", "annotator", "priority", "leased_until", "done_at")
    list_filter = ("state", "annotator")
    list_select_related = ("pair", "annotator")


@admin.register(Pause)
class PauseAdmin(History):
    """People are paused on their own page, `/people/`."""

    list_display = ("user", "by", "at", "ended_by", "ended_at", "note")
    list_filter = ("user",)
    list_select_related = ("user", "by", "ended_by")


@admin.register(Remark)
class RemarkAdmin(History):
    list_display = ("pair", "author", "said", "created_at")
    list_filter = ("author",)
    list_select_related = ("pair", "author")
    search_fields = ("reason",)

    @admin.display(description="Reason")
    def said(self, remark: Remark) -> str:
        return excerpt(remark.reason)


class SettlementInline(HistoryInline):
    model = Settlement
    fields = ("state", "note", "by", "at")


@admin.register(Settlement)
class SettlementAdmin(History):
    list_display = ("flag", "state", "note", "by", "at")
    list_filter = ("state", "by")
    list_select_related = ("flag", "by")


@admin.register(Flag)
class FlagAdmin(History):
    """Flags are settled on their own page, `/flags/`."""

    list_display = ("pair", "state", "author", "said", "settled_by", "created_at")
    list_filter = ("state", "author")
    list_select_related = ("pair", "author", "settled_by")
    search_fields = ("reason", "note")
    inlines = (SettlementInline,)

    @admin.display(description="Reason")
    def said(self, flag: Flag) -> str:
        return excerpt(flag.reason)
