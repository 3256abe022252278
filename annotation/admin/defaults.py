"""What projects begin with: looked at here, changed on the project's page, where the audit hears of it."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import ProjectDefaults


@admin.register(ProjectDefaults)
class ProjectDefaultsAdmin(History):
    list_display = ("project", "judge", "overlap")
    list_select_related = ("project",)
    search_fields = ("project__name", "judge")
