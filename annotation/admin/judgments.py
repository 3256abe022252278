"""Judgments, and the calls beneath those of judges."""

from django.contrib import admin
from django.http import HttpRequest

from annotation.admin.bases import History, HistoryInline, Listed, excerpt
from annotation.models import JudgeBatch, JudgeCall, Judgment


class JudgeCallInline(HistoryInline):
    model = JudgeCall
    fields = ("shown", "grade", "error", "model", "tokens_in", "tokens_out", "latency")


@admin.register(Judgment)
class JudgmentAdmin(History):
    list_display = ("id", "verdict", "author", "state", "shown", "consistent", "why", "created_at", "superseded_at")
    list_filter = (
        "author__kind",
        "state",
        "shown",
        "consistent",
        "too_fast",
        ("superseded_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("author",)
    search_fields = ("author__name",)
    search_help_text = "The author's name"
    inlines = (JudgeCallInline,)

    @admin.display(description="Grade", ordering="grade")
    def verdict(self, judgment: Judgment) -> str:
        return str(judgment)

    @admin.display(description="Rationale")
    def why(self, judgment: Judgment) -> str:
        return excerpt(judgment.rationale or judgment.error)


@admin.register(JudgeBatch)
class JudgeBatchAdmin(Listed):
    """One that nobody will answer can be deleted: its questions are asked again then."""

    list_display = ("id", "author", "endpoint", "batch_id", "created_at", "ended_at")
    list_filter = ("endpoint", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("author",)
    fields = ("author", "endpoint", "batch_id", "token", "created_at", "ended_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: JudgeBatch | None = None) -> bool:
        return False


@admin.register(JudgeCall)
class JudgeCallAdmin(History):
    list_display = (
        "id",
        "author",
        "grade",
        "shown",
        "model",
        "tokens_in",
        "tokens_out",
        "latency",
        "price",
        "asked_for",
        "failure",
        "repaired_by",
        "created_at",
    )
    list_filter = (
        "author",
        "shown",
        ("error", admin.EmptyFieldListFilter),
        ("repaired_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("author", "repaired_by")
    search_fields = ("asked_for",)
    search_help_text = "What it was asked for, such as `run 12`"

    @admin.display(description="Error")
    def failure(self, call: JudgeCall) -> str:
        return excerpt(call.error)
