"""Results of classical benchmarks, to be read."""

from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from training.api.runs import NamedSerializer
from training.models import TaskResult


class TaskResultSerializer(serializers.ModelSerializer[TaskResult]):
    checkpoint = NamedSerializer()

    class Meta:
        model = TaskResult
        fields = "__all__"


class TaskResultViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TaskResult]):
    """A checkpoint's figure in one task: mostly a share in [0, 1], with its standard error."""

    permission_classes = [allows(Capability.READ_DATA)]
    serializer_class = TaskResultSerializer
    filterset_fields = ["run", "checkpoint", "task", "part_of", "version", "num_fewshot", "chat"]
    queryset = TaskResult.objects.select_related("checkpoint")


router = SimpleRouter()
router.register("task-results", TaskResultViewSet, basename="task-result")
