"""Evaluations, to be read."""

from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from training.api.runs import NamedSerializer
from training.models import Evaluation


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    checkpoint = NamedSerializer()
    baseline = NamedSerializer(allow_null=True)
    judge = NamedSerializer()
    prompts = NamedSerializer()

    class Meta:
        model = Evaluation
        fields = "__all__"


class EvaluationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Evaluation]):
    """Rates are shares with 95 % intervals over prompts; a tie counts half. `is_control` marks matched controls."""

    permission_classes = [allows(Capability.READ_DATA)]
    serializer_class = EvaluationSerializer
    filterset_fields = ["run", "run__parent", "checkpoint", "baseline", "decoding", "is_control"]
    queryset = Evaluation.objects.select_related("checkpoint", "baseline", "judge", "prompts")


router = SimpleRouter()
router.register("evaluations", EvaluationViewSet, basename="evaluation")
