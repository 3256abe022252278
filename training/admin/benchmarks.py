"""Rows of the leaderboards, to be read."""

from django.contrib import admin

from annotation.admin.bases import History
from training.models import BenchmarkResult


@admin.register(BenchmarkResult)
class BenchmarkResultAdmin(History):
    list_display = ("name", "benchmark", "value", "low", "high", "n", "judge", "baseline", "run", "source")
    list_filter = ("benchmark", "judge", "baseline")
    list_select_related = ("run",)
    search_fields = ("name", "source")
