"""Collections and their prompts."""

from django.contrib import admin

from annotation.admin.bases import FoundInWords, HistoryInline, Listed, MadeInAProject, excerpt
from annotation.models import Collection, Prompt, Response


@admin.register(Collection)
class CollectionAdmin(MadeInAProject, Listed):
    list_display = ("name", "slug", "project", "source", "licence", "overlap", "created_by", "created_at")
    list_filter = ("licence",)
    list_select_related = ("project", "created_by")
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("created_by", "created_at")


class ResponseInline(HistoryInline):
    model = Response
    fields = ("author", "said", "length", "created_at")

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).select_related("author").defer("search")

    @admin.display(description="Text")
    def said(self, response: Response) -> str:
        return excerpt(response.text, 160)


@admin.register(Prompt)
class PromptAdmin(FoundInWords, Listed):
    """A prompt's messages are what was answered and judged: only its category and metadata can be changed."""

    list_display = ("beginning", "collection", "category", "turns", "created_at")
    list_filter = ("collection",)
    list_select_related = ("collection",)
    fields = ("collection", "text", "category", "metadata", "digest", "created_at")
    readonly_fields = ("collection", "text", "digest", "created_at")
    inlines = (ResponseInline,)

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: Prompt | None = None) -> bool:
        return False

    def get_queryset(self, request: object) -> object:
        return super().get_queryset(request).defer("search")

    @admin.display(description="Prompt", ordering="id")
    def beginning(self, prompt: Prompt) -> str:
        return excerpt(prompt.text)

    @admin.display(description="Turns")
    def turns(self, prompt: Prompt) -> int:
        return len(prompt.messages)
