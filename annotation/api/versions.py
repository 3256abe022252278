"""Dataset versions: freezing a query, and taking its records away."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request

from annotation.api.access import ReadsData
from annotation.datasets import next_version
from annotation.datasets.definitions import KINDS, DefinitionInvalid
from annotation.datasets.versions import freeze
from annotation.interchange import exports
from annotation.interchange.exports import CONTAINERS, ExportRefused
from annotation.interchange.formats import WRITTEN
from annotation.models import Version
from annotation.models.datasets import called
from annotation.review.flagging import held_items
from studio.http.streaming import download


class VersionSerializer(serializers.ModelSerializer[Version]):
    """`definition` has the fields of its kind: collections, categories, test_share, seed, flagged (out: left
    out, the default; open: kept until a flag is settled; all: kept, also what is excluded); for preferences also
    authors, kinds, written_by, min_grade, min_votes and trust (agreement, consistency, pairs: what a judge must reach
    for its verdicts to count); for demonstrations authors, best_by; for responses authors, scored_by.
    `warnings` say where nothing changed since the last version, no item is for testing, or demo data is in."""

    created_by = serializers.SlugRelatedField[Version]("username", read_only=True, allow_null=True)
    kind = serializers.ChoiceField(choices=list(KINDS))
    definition = serializers.DictField(required=False, default=dict)
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Version
        fields = [
            "id",
            "name",
            "number",
            "kind",
            "definition",
            "digest",
            "counts",
            "holds",
            "warnings",
            "notes",
            "created_by",
            "created_at",
        ]
        read_only_fields = ["number", "digest", "counts", "holds"]

    def get_warnings(self, version: Version) -> list[str]:
        return next_version.warnings_of(version)

    def create(self, validated_data: dict[str, Any]) -> Version:
        try:
            return freeze(**validated_data)
        except DefinitionInvalid as error:
            of_field = error.message if error.field == "definition" else {error.field: error.message}
            raise serializers.ValidationError({"definition": of_field}) from error


EXPORT = [
    OpenApiParameter("format", enum=list(WRITTEN), default="records"),
    OpenApiParameter("as", enum=list(CONTAINERS), default="jsonl"),
    OpenApiParameter("split", enum=["train", "test"]),
]


class VersionFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="said", label="A part of its name or of what it holds.")

    class Meta:
        model = Version
        fields = ["name", "kind"]

    def said(self, versions: QuerySet[Version], _: str, words: str) -> QuerySet[Version]:
        return versions.filter(called(words))


class VersionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Version]
):
    """A query's rows as they were at one moment, hashed. A version is made once and never changed."""

    queryset = Version.objects.select_related("created_by")
    serializer_class = VersionSerializer
    permission_classes = [ReadsData]
    filterset_class = VersionFilter

    def perform_create(self, serializer: serializers.BaseSerializer[Version]) -> None:
        serializer.save(by=self.request.user)

    @extend_schema(parameters=EXPORT, responses={(200, kind): OpenApiTypes.BINARY for kind in CONTAINERS.values()})
    @action(detail=True)
    def export(self, request: Request, pk: str) -> HttpResponseBase:
        """The records in a format that trainers read, streamed; the header X-Rows says how many they are, X-Flagged
        how many of the version's items were flagged since."""
        version = self.get_object()
        answer = exported(request, version)
        answer.headers["X-Flagged"] = str(held_items(version))
        return answer


def exported(request: Request, version: Version) -> HttpResponseBase:
    """As the request asks for it; raises ValidationError."""
    format = request.query_params.get("format", "records")
    container = request.query_params.get("as", "jsonl")
    split = request.query_params.get("split")
    if split not in {None, "train", "test"}:
        raise serializers.ValidationError({"split": "Choose train or test, or leave it out for both."})
    try:
        blocks = exports.export_version(version, format, container, split)
    except ExportRefused as error:
        raise serializers.ValidationError({error.field: error.message}) from error
    name = exports.file_name(version, format, container, split)
    n_rows = exports.n_rows(version, split)
    return download(request._request, blocks, CONTAINERS[container], name, n_rows)
