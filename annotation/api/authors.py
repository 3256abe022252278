"""Authors: people, models, reward models and judges."""

from rest_framework import mixins, serializers, viewsets

from annotation.api.access import ReadsData
from annotation.models import Author


class AuthorSerializer(serializers.ModelSerializer[Author]):
    class Meta:
        model = Author
        fields = ["id", "kind", "name", "user", "details", "created_at"]
        read_only_fields = ["user"]


class AuthorViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Author]
):
    """Whoever wrote a response, gave a score or passed a judgment."""

    queryset = Author.objects.all()
    serializer_class = AuthorSerializer
    permission_classes = [ReadsData]
    filterset_fields = ["kind", "name"]
