"""What projects begin with, and what their judges cost: looked at here, changed on the project's page."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import JudgeSpending, ProjectDefaults


@admin.register(ProjectDefaults)
class ProjectDefaultsAdmin(History):
    list_display = ("project", "judge", "overlap")
    list_select_related = ("project",)
    search_fields = ("project__name", "judge")


@admin.register(JudgeSpending)
class JudgeSpendingAdmin(History):
    list_display = ("project", "month", "asked_for", "spent", "reserved")
    list_filter = ("month",)
    search_fields = ("asked_for",)
