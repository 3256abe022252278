"""Workers, to be read."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from training.api.runs import NamedSerializer
from training.models import Worker
from training.runs import machines, waiting
from training.runs.waiting import WaitingRun


class HeldGpuSerializer(serializers.Serializer[Any]):
    """A GPU of a worker, or a slice of one; `held_by` says which run has it to itself, empty where it is free."""

    index = serializers.IntegerField()
    uuid = serializers.CharField()
    name = serializers.CharField()
    memory_mib = serializers.IntegerField()
    utilization = serializers.IntegerField(allow_null=True, help_text="Per cent of the time, as the driver says.")
    used_mib = serializers.IntegerField(allow_null=True)
    held_by = serializers.CharField()
    held_since = serializers.DateTimeField(allow_null=True)


class WorkerSerializer(serializers.ModelSerializer[Worker]):
    gpus = serializers.SerializerMethodField()

    @extend_schema_field(HeldGpuSerializer(many=True))
    def get_gpus(self, worker: Worker) -> list[dict[str, Any]]:
        return waiting.gpus_of(worker, self.context["holders"])

    class Meta:
        model = Worker
        fields = ["id", "name", "queue", "details", "gpus", "last_seen_at", "is_alive"]


class WorkerViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Worker]):
    """Those that were ever seen; `is_alive` says which still are."""

    permission_classes = [allows(Capability.READ_DATA)]
    serializer_class = WorkerSerializer
    queryset = Worker.objects.all()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "holders": waiting.holders()}


class QueuedSerializer(serializers.Serializer[Any]):
    """A run in its place. One of another project has neither id nor name nor person."""

    place = serializers.IntegerField()
    run = serializers.SerializerMethodField()
    priority = serializers.CharField(source="run.priority")
    gpus = serializers.IntegerField(source="run.gpus_wanted")
    gpu_gb = serializers.FloatField(source="run.gb_wanted", help_text="GB that each of its GPUs must have; 0: any.")
    waiting_since = serializers.DateTimeField(source="run.waiting_since")
    requested_by = serializers.SerializerMethodField()
    gpu_hours = serializers.FloatField(help_text="What its person used lately.")
    reason = serializers.CharField(help_text="Why it waits; empty where it waits for a free worker only.")
    begins_in = serializers.FloatField(allow_null=True, help_text="Seconds; null where nobody can say.")

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_run(self, found: WaitingRun) -> Any:
        return NamedSerializer(found.run).data if waiting.is_here(found.run) else None

    def get_requested_by(self, found: WaitingRun) -> str | None:
        """Null where nobody asked for it, and of another project."""
        by = found.run.requested_by
        return by.username if by and waiting.is_here(found.run) else None


class QueueViewSet(viewsets.ViewSet):
    """What waits for machines, in all projects."""

    permission_classes = [allows(Capability.READ_DATA)]

    @extend_schema(responses=QueuedSerializer(many=True))
    def list(self, request: Request) -> Response:
        """In the order in which it will begin: high priority first, then whose person used fewer GPU hours lately."""
        return Response(QueuedSerializer(waiting.in_queue(machines.alive(), waiting.at_work()), many=True).data)


router = SimpleRouter()
router.register("queue", QueueViewSet, basename="queue")
router.register("workers", WorkerViewSet, basename="worker")
