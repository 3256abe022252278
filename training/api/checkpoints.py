"""Checkpoints: what there is, where it comes from, your own models by their folder, and sharing them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from annotation.api.shares import SharesView, ShareView
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows_reading
from studio.http.problems import Conflict
from training.api.runs import NamedSerializer
from training.checkpoints import remote_code
from training.checkpoints.registration import folder_faults, register
from training.checkpoints.remote_code import RemoteCodeRefused
from training.checkpoints.shares import usable
from training.models import Checkpoint, CheckpointShare


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    name = serializers.CharField(max_length=200)
    author = serializers.IntegerField(source="author_id", read_only=True)
    shared_by = serializers.CharField(
        read_only=True,
        help_text="The project that shares it with this one, which uses it and sees no `path`; or empty.",
    )

    class Meta:
        model = Checkpoint
        fields = [
            "id",
            "name",
            "kind",
            "author",
            "base",
            "run",
            "path",
            "template",
            "parameters",
            "digest",
            "notes",
            "shared_by",
            "code_allowed",
            "code_allowed_at",
            "created_at",
        ]
        read_only_fields = ["run", "parameters", "digest", "code_allowed", "code_allowed_at", "created_at"]

    def validate_name(self, name: str) -> str:
        if Checkpoint.objects.filter(name=name).exists():
            raise serializers.ValidationError("A checkpoint has this name already. Choose another.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if faults := folder_faults(attrs["path"], attrs["kind"]):
            raise serializers.ValidationError({"path": faults})
        return attrs

    def to_representation(self, instance: Checkpoint) -> dict[str, Any]:
        return super().to_representation(instance) | ({"path": ""} if instance.shared_by else {})

    def create(self, validated_data: dict[str, Any]) -> Checkpoint:
        return register(Checkpoint(**validated_data))


class AncestorSerializer(serializers.Serializer[Any]):
    checkpoint = NamedSerializer()
    run = NamedSerializer(allow_null=True)
    versions = NamedSerializer(many=True)


class CheckpointDetailSerializer(CheckpointSerializer):
    lineage = serializers.SerializerMethodField()

    class Meta(CheckpointSerializer.Meta):
        fields = [*CheckpointSerializer.Meta.fields, "lineage"]

    @extend_schema(responses=AncestorSerializer(many=True))
    def get_lineage(self, checkpoint: Checkpoint) -> Any:
        return AncestorSerializer(checkpoint.lineage(), many=True).data


class CheckpointViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Checkpoint]
):
    """Whoever makes one names a folder on the workers' disk, so that is an admin's."""

    permission_classes = [allows_reading(Capability.READ_DATA, Capability.ADMINISTER)]
    filterset_fields = ["kind", "base", "run", "run__parent"]
    queryset = Checkpoint.objects.all()

    def get_queryset(self) -> QuerySet[Checkpoint]:
        """What is shared no more is listed no more; runs still lead to it."""
        return usable() if self.action == "list" else super().get_queryset()

    @extend_schema(methods=["POST"], request=None, responses=CheckpointDetailSerializer)
    @extend_schema(methods=["DELETE"], request=None, responses={204: None})
    @action(detail=True, methods=["post", "delete"])
    def code(self, request: Request, pk: str) -> Response:
        """Allow the Python files that it brings as they are now, or forbid them. 409 where they cannot be allowed."""
        found = self.get_object()
        if request.method == "DELETE":
            remote_code.forbid(found, asker(request))
            return Response(status=status.HTTP_204_NO_CONTENT)
        try:
            remote_code.allow(found, asker(request))
        except RemoteCodeRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response(CheckpointDetailSerializer(found).data)

    def get_serializer_class(self) -> type[CheckpointSerializer]:
        return CheckpointDetailSerializer if self.action == "retrieve" else CheckpointSerializer


class CheckpointSharesView(SharesView):
    kind = CheckpointShare
    queryset = Checkpoint.objects.filter(shared_by="")


class CheckpointShareView(ShareView):
    kind = CheckpointShare
    queryset = Checkpoint.objects.filter(shared_by="")


router = SimpleRouter()
router.register("checkpoints", CheckpointViewSet, basename="checkpoint")
