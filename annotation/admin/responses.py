"""Responses and their scores."""

from django.contrib import admin

from annotation.admin.bases import FoundInWords, History, HistoryInline, excerpt
from annotation.models import Response, Score


class ScoreInline(HistoryInline):
    model = Score
    fields = ("author", "value", "created_at")

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).select_related("author")


@admin.register(Response)
class ResponseAdmin(FoundInWords, History):
    list_display = ("beginning", "author", "asked", "length", "created_at")
    list_filter = ("author__kind", "prompt__collection")
    list_select_related = ("author", "prompt")
    fields = ("prompt", "author", "text", "length", "metadata", "digest", "created_at")
    inlines = (ScoreInline,)

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).defer("search", "prompt__search", "prompt__messages")

    @admin.display(description="Response", ordering="id")
    def beginning(self, response: Response) -> str:
        return excerpt(response.text)

    @admin.display(description="Prompt")
    def asked(self, response: Response) -> str:
        return excerpt(response.prompt.text, 40)


@admin.register(Score)
class ScoreAdmin(History):
    list_display = ("value", "author", "said", "created_at")
    list_filter = ("author",)
    list_select_related = ("author", "response")

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).defer("response__search")

    @admin.display(description="Response")
    def said(self, score: Score) -> str:
        return excerpt(score.response.text)
