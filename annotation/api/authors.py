"""Authors: people, models, reward models and judges."""

from typing import Any

from rest_framework import mixins, serializers, viewsets

from annotation.api.access import ReadsData
from annotation.models import Author


class AuthorSerializer(serializers.ModelSerializer[Author]):
    class Meta:
        model = Author
        fields = ["id", "kind", "name", "user", "details", "created_at"]
        read_only_fields = ["user"]

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if Author.objects.filter(kind=said["kind"], name=said["name"]).exists():
            raise serializers.ValidationError({"name": "An author of this kind has this name already."})
        return said


class AuthorViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Author]
):
    """Whoever wrote a response, gave a score or passed a judgment."""

    queryset = Author.objects.all()
    serializer_class = AuthorSerializer
    permission_classes = [ReadsData]
    filterset_fields = ["kind", "name"]
