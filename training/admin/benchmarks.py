"""Rows of the leaderboards: those that were published elsewhere can be kept to projects, all else is only read."""

from django.contrib import admin
from django.http import HttpRequest

from annotation.admin.keeping import KeptAdmin, KeptForm
from training.models import BenchmarkResult

SHOWN = ("name", "benchmark", "value", "low", "high", "n", "judge", "baseline", "run", "source")


class BenchmarkResultForm(KeptForm):
    class Meta:
        model = BenchmarkResult
        fields = ()


@admin.register(BenchmarkResult)
class BenchmarkResultAdmin(KeptAdmin):
    form = BenchmarkResultForm
    list_display = (*SHOWN, "kept_for")
    list_filter = ("benchmark", "judge", "baseline")
    list_select_related = ("run",)
    search_fields = ("name", "source")
    fields = (*SHOWN, "projects")
    readonly_fields = SHOWN

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BenchmarkResult | None = None) -> bool:
        return obj is None or obj.run_id is None

    def has_delete_permission(self, request: HttpRequest, obj: BenchmarkResult | None = None) -> bool:
        return False
