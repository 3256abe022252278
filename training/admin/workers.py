"""Workers, as they last reported."""

from django.contrib import admin
from unfold.decorators import display

from annotation.admin.bases import History
from training.models import Worker


@admin.register(Worker)
class WorkerAdmin(History):
    list_display = ("name", "queue", "alive", "machine", "last_seen_at")
    list_filter = ("queue",)
    search_fields = ("name",)
    ordering = ("-last_seen_at",)

    @display(description="Alive", boolean=True)
    def alive(self, worker: Worker) -> bool:
        return worker.is_alive

    @display(description="Machine")
    def machine(self, worker: Worker) -> str:
        has = worker.details
        accelerators = ", ".join(has.get("accelerators", [])) or "no accelerator"
        return f"{has.get('cores', '?')} cores, {has.get('memory_gib', '?')} GiB, {accelerators}"
