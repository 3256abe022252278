"""What another project reads or uses."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import VersionShare


@admin.register(VersionShare)
class VersionShareAdmin(History):
    list_display = ("version", "by", "at", "ended_at")
    list_select_related = ("version", "by")
    search_fields = ("version__name",)
