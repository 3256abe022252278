"""Workers, to be read."""

from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from training.models import Worker


class WorkerSerializer(serializers.ModelSerializer[Worker]):
    class Meta:
        model = Worker
        fields = ["id", "name", "queue", "details", "last_seen_at", "is_alive"]


class WorkerViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Worker]):
    """Those that were ever seen; `is_alive` says which still are."""

    permission_classes = [allows(Capability.READ_DATA)]
    serializer_class = WorkerSerializer
    queryset = Worker.objects.all()


router = SimpleRouter()
router.register("workers", WorkerViewSet, basename="worker")
