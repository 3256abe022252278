"""Pairs with what was said about them."""

from django.contrib import admin

from annotation.admin.bases import FoundInWords, History, HistoryInline, excerpt
from annotation.models import Judgment, Pair


class JudgmentInline(HistoryInline):
    model = Judgment
    fields = ("author", "state", "grade", "both_bad", "shown", "consistent", "created_at", "superseded_at")

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).select_related("author")


@admin.register(Pair)
class PairAdmin(FoundInWords, History):
    list_display = ("asked", "one", "other", "n_judgments", "mean_grade", "disputed", "source", "collection")
    list_filter = ("collection", "disputed")
    list_select_related = ("collection", "prompt", "left__author", "right__author")
    fields = (
        "collection",
        "prompt",
        "left_text",
        "right_text",
        "source",
        "metadata",
        "n_judgments",
        "mean_grade",
        "disputed",
    )
    inlines = (JudgmentInline,)

    def get_queryset(self, request: object) -> object:
        unread = ("prompt__search", "prompt__messages", "left__search", "right__search")
        return super().get_queryset(request).defer(*unread)

    @admin.display(description="Prompt", ordering="id")
    def asked(self, pair: Pair) -> str:
        return excerpt(pair.prompt.text, 60)

    @admin.display(description="Left")
    def one(self, pair: Pair) -> str:
        return pair.left.author.name

    @admin.display(description="Right")
    def other(self, pair: Pair) -> str:
        return pair.right.author.name

    @admin.display(description="Left")
    def left_text(self, pair: Pair) -> str:
        return f"{pair.left.author}: {pair.left.text}"

    @admin.display(description="Right")
    def right_text(self, pair: Pair) -> str:
        return f"{pair.right.author}: {pair.right.text}"
