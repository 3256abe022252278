"""Workers, as they last reported."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.decorators import display

from annotation.admin.bases import History
from training.models import Worker
from training.runs import waiting


@admin.register(Worker)
class WorkerAdmin(History):
    list_display = ("name", "queue", "alive", "machine", "gpus", "last_seen_at")
    list_filter = ("queue",)
    search_fields = ("name",)
    ordering = ("-last_seen_at",)

    @display(description="Alive", boolean=True)
    def alive(self, worker: Worker) -> bool:
        return worker.is_alive

    @display(description="Machine")
    def machine(self, worker: Worker) -> str:
        has = worker.details
        return f"{has.get('cores', '?')} cores, {has.get('memory_gib', '?')} GiB"

    @display(description="GPUs")
    def gpus(self, worker: Worker) -> str:
        lines = [
            f"{gpu['index']}: {gpu['name']}, {gpu['memory_mib'] / 1024:.0f} GiB, {gpu['held_by'] or 'free'}"
            for gpu in waiting.gpus_of(worker, waiting.holders())
        ]
        return format_html_join(mark_safe("<br>"), "{}", ([line] for line in lines)) or "none"
