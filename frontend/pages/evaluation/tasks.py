"""Classical benchmarks: what each checkpoint got right."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from frontend.presenters.evaluation import tasks
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from training.models import TaskResult

# Far above what fits on a page, far below what would be slow.
LOOKED_AT = 5_000


@requires(Capability.READ_DATA)
def task_list(request: HttpRequest) -> HttpResponse:
    found = TaskResult.objects.select_related("checkpoint").order_by("-id")[:LOOKED_AT]
    return render(request, "evaluate/tasks.html", {"table": tasks.table(found)})
