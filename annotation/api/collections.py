"""Collections of prompts."""

from rest_framework import mixins, serializers, viewsets
from rest_framework.validators import UniqueValidator

from annotation.api.access import ReadsData
from annotation.models import Collection
from annotation.models.flags import open_flags


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    slug = serializers.SlugField(
        max_length=50,
        validators=[UniqueValidator(Collection.objects.all(), "A collection has this slug already. Choose another.")],
    )
    created_by = serializers.SlugRelatedField[Collection]("username", read_only=True, allow_null=True)
    open_flags = serializers.IntegerField(read_only=True, default=0, help_text="Flags that nobody has settled yet.")

    class Meta:
        model = Collection
        fields = [
            "id",
            "slug",
            "name",
            "description",
            "source",
            "licence",
            "guidelines",
            "overlap",
            "open_flags",
            "created_by",
            "created_at",
        ]


class CollectionViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Collection],
):
    """A set of prompts with its guidelines and the number of judgments wanted for each of its pairs."""

    queryset = Collection.objects.select_related("created_by").annotate(open_flags=open_flags())
    serializer_class = CollectionSerializer
    permission_classes = [ReadsData]
    lookup_field = "slug"
    filterset_fields = ["name", "source", "licence"]

    def perform_create(self, serializer: serializers.BaseSerializer[Collection]) -> None:
        serializer.save(created_by=self.request.user)
