"""Checkpoints: what there is, where it comes from, and one's own models by their folder."""

from pathlib import Path
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows_reading
from training.api.runs import NamedSerializer
from training.ingesting import author_of
from training.models import Checkpoint


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    name = serializers.CharField(max_length=200)
    author = serializers.IntegerField(source="author_id", read_only=True)

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
            "created_at",
        ]
        read_only_fields = ["run", "parameters", "digest", "created_at"]

    def validate_name(self, name: str) -> str:
        if Checkpoint.objects.filter(name=name).exists():
            raise serializers.ValidationError("A checkpoint has this name already. Choose another.")
        return name

    def validate_path(self, path: str) -> str:
        folder = Path(path)
        if not folder.is_absolute() or not (folder / "config.json").is_file():
            raise serializers.ValidationError("Give the absolute path of a folder with config.json.")
        if not any(folder.glob("*.safetensors")):
            raise serializers.ValidationError("It holds no .safetensors. Convert the weights: pickles are refused.")
        return path

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Checkpoint:
        author = author_of(validated_data["kind"], validated_data["name"])
        return super().create(validated_data | {"author": author})


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

    def get_serializer_class(self) -> type[CheckpointSerializer]:
        return CheckpointDetailSerializer if self.action == "retrieve" else CheckpointSerializer


router = SimpleRouter()
router.register("checkpoints", CheckpointViewSet, basename="checkpoint")
