"""Collections that went to another project, as they were recorded."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import Move


@admin.register(Move)
class MoveAdmin(History):
    list_display = ("collection", "left_name", "reached_name", "by", "at")
    list_select_related = ("collection", "by")
    search_fields = ("collection__name", "slug_there", "left_name", "reached_name")
