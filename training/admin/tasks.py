"""Results of classical benchmarks, to be read."""

from django.contrib import admin

from annotation.admin.bases import History
from training.models import TaskResult


@admin.register(TaskResult)
class TaskResultAdmin(History):
    list_display = (
        "checkpoint",
        "task",
        "part_of",
        "version",
        "num_fewshot",
        "metric",
        "value",
        "standard_error",
        "n",
    )
    list_filter = ("part_of", "chat", "metric")
    list_select_related = ("checkpoint",)
    search_fields = ("checkpoint__name", "task")
