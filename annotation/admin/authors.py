"""Authors."""

from django.contrib import admin

from annotation.admin.bases import Listed, MadeInAProject
from annotation.models import Author


@admin.register(Author)
class AuthorAdmin(MadeInAProject, Listed):
    list_display = ("name", "kind", "user", "project", "created_at")
    list_filter = ("kind",)
    list_select_related = ("user", "project")
    search_fields = ("name", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at",)
    # An author's kind says what rows may point to it.
    fields = ("kind", "name", "user", "details", "created_at")

    def get_readonly_fields(self, request: object, obj: Author | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "kind") if obj else self.readonly_fields
