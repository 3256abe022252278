"""Versions that other projects share with this one, and sharing one of ours."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotation import sharing
from annotation.api.access import ReadsData
from annotation.api.other_projects import target
from annotation.api.versions import EXPORT, exported
from annotation.interchange.exports import CONTAINERS
from annotation.models import Version, VersionShare
from annotation.models.shares import Share, ShareQuerySet
from studio.accounts.access import asker
from studio.projects.models import Project


class SharedVersionSerializer(serializers.ModelSerializer[VersionShare]):
    """`version` is what a run names as its input. How the version came about is not shared."""

    name = serializers.CharField(source="version.name")
    number = serializers.IntegerField(source="version.number")
    kind = serializers.CharField(source="version.kind")
    digest = serializers.CharField(source="version.digest")
    counts = serializers.SerializerMethodField()
    shared_by = serializers.CharField(source="version.project.name", help_text="The project that it belongs to.")

    class Meta:
        model = VersionShare
        fields = ["id", "version", "name", "number", "kind", "digest", "counts", "shared_by", "at"]
        read_only_fields = fields

    def get_counts(self, shared: VersionShare) -> dict[str, int]:
        return {name: shared.version.counts.get(name, 0) for name in ("items", "train", "test", "prompts")}


class SharedVersionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[VersionShare]):
    """Versions of other projects that this one may read: it downloads them and trains on them."""

    queryset = VersionShare.objects.open().select_related("version__project")
    serializer_class = SharedVersionSerializer
    permission_classes = [ReadsData]
    filterset_fields = ["version__kind"]

    @extend_schema(parameters=EXPORT, responses={(200, kind): OpenApiTypes.BINARY for kind in CONTAINERS.values()})
    @action(detail=True)
    def export(self, request: Request, pk: str) -> HttpResponseBase:
        """The records, as those of a version of your own."""
        return exported(request, self.get_object().version)


class GivenShareSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    project = serializers.SlugRelatedField[Project]("slug", read_only=True)
    by = serializers.CharField(source="by.username", read_only=True)
    at = serializers.DateTimeField(read_only=True)


class ShareSerializer(serializers.Serializer[Any]):
    project = serializers.SlugField(max_length=50, help_text="Of a project whose data you manage too.")


class GivenView(GenericAPIView[Any]):
    """What of one row is given to other projects."""

    kind: type[Share]
    permission_classes = [ReadsData]
    pagination_class = None

    def given(self) -> ShareQuerySet:
        of = self.kind.of
        found: ShareQuerySet = self.kind.given.filter(**{of: self.get_object()})
        return found.select_related("project", "by", f"{of}__project").order_by("pk")


class SharesView(GivenView):
    """With whom it is shared: GET lists them, POST adds a project."""

    serializer_class = ShareSerializer

    @extend_schema(responses=GivenShareSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(GivenShareSerializer(self.given().open(), many=True).data)

    @extend_schema(responses={201: GivenShareSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Twice changes nothing. You need the right to manage data in both projects, and a token that opens both."""
        row, asked = self.get_object(), self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        other = target(request, asked.validated_data["project"])
        made = sharing.share(self.kind, row, other, asker(request))
        return Response(GivenShareSerializer(made).data, status=201)


class ShareView(GivenView):
    """One of them: DELETE ends it."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, share: int) -> Response:
        """Runs that had it keep their record. Twice changes nothing."""
        sharing.end(get_object_or_404(self.given(), pk=share), asker(request))
        return Response(status=204)


class VersionSharesView(SharesView):
    kind = VersionShare
    queryset = Version.objects.all()


class VersionShareView(ShareView):
    kind = VersionShare
    queryset = Version.objects.all()
