"""Versions that other projects share with this one, and sharing one of ours."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.access import ReadsData
from annotation.api.versions import EXPORT, exported
from annotation.datasets import shares
from annotation.interchange.exports import CONTAINERS
from annotation.models import Version, VersionShare
from annotation.moves.preview import targets
from studio.accounts.access import asker
from studio.accounts.models import ApiToken
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

    queryset = VersionShare.objects.filter(ended_at=None).select_related("version__project")
    serializer_class = SharedVersionSerializer
    permission_classes = [ReadsData]
    filterset_fields = ["version__kind"]

    @extend_schema(parameters=EXPORT, responses={(200, kind): OpenApiTypes.BINARY for kind in CONTAINERS.values()})
    @action(detail=True)
    def export(self, request: Request, pk: str) -> HttpResponseBase:
        """The records, as those of a version of your own."""
        return exported(request, self.get_object().version)


class GivenShareSerializer(serializers.ModelSerializer[VersionShare]):
    project = serializers.SlugRelatedField[Project]("slug", read_only=True)
    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = VersionShare
        fields = ["id", "project", "by", "at"]


class ShareSerializer(serializers.Serializer[Any]):
    project = serializers.SlugField(max_length=50, help_text="Of a project whose data you manage too.")


class VersionSharesView(GenericAPIView[Any]):
    """With whom a version is shared: GET lists them, POST adds a project, DELETE ends one."""

    queryset = Version.objects.all()
    serializer_class = ShareSerializer
    permission_classes = [ReadsData]
    pagination_class = None

    @extend_schema(responses=GivenShareSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(GivenShareSerializer(self.given(pk), many=True).data)

    @extend_schema(responses={201: GivenShareSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Twice changes nothing. You need the right to manage data in both projects, and a token that opens both."""
        version, asked = get_object_or_404(Version, pk=pk), self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if isinstance(request.auth, ApiToken) and request.auth.project_id:
            raise PermissionDenied("This token opens one project. Sharing needs one that opens both.")
        found = targets(asker(request)).filter(slug=asked.validated_data["project"]).first()
        if found is None:
            says = (
                f"You manage no project {asked.validated_data['project']!r}, or it is archived. Choose one of yours."
            )
            raise serializers.ValidationError({"project": says})
        return Response(GivenShareSerializer(shares.share(version, found, asker(request))).data, status=201)

    @extend_schema(request=ShareSerializer, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Runs that read it keep their record. Twice changes nothing."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        for shared in self.given(pk).filter(project__slug=asked.validated_data["project"]):
            shares.end(shared, asker(request))
        return Response(status=204)

    def given(self, pk: int) -> QuerySet[VersionShare]:
        get_object_or_404(Version, pk=pk)
        found = VersionShare.given.filter(version=pk, ended_at=None)
        return found.select_related("project", "by", "version__project").order_by("pk")
