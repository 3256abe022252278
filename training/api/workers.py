"""Workers, to be read."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from training.models import Worker
from training.runs import waiting


class HeldGpuSerializer(serializers.Serializer[Any]):
    """A GPU of a worker; `held_by` says which run has it to itself, and is empty where it is free."""

    index = serializers.IntegerField()
    uuid = serializers.CharField()
    name = serializers.CharField()
    memory_mib = serializers.IntegerField()
    held_by = serializers.CharField()


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


router = SimpleRouter()
router.register("workers", WorkerViewSet, basename="worker")
