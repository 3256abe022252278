"""Files into a collection."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.access import ReadsData
from annotation.interchange.formats import READ
from annotation.interchange.imports import Report, collection_named, import_file
from annotation.models import Collection, Import
from studio.accounts.access import asker


class StreamParser(BaseParser):
    """A body that is the file itself, read as it comes."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return {"file": stream}


class FormatSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=list(READ))
    collection = serializers.SlugField(max_length=50, help_text="Made if it is new.")
    judge = serializers.CharField(
        required=False, default="", max_length=200, help_text="Names the judge, where the file does not."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Say what would happen, and write nothing.")


class UploadSerializer(ImportSerializer):
    file = serializers.FileField()


class ReportSerializer(serializers.Serializer[Report]):
    imported = serializers.BooleanField()
    dry_run = serializers.BooleanField()
    entries = serializers.IntegerField(help_text="Records read without a fault.")
    added = serializers.DictField(child=serializers.IntegerField(), source="tally.added")
    known = serializers.DictField(child=serializers.IntegerField(), source="tally.known", help_text="Already there.")
    seconds = serializers.FloatField()


class PastImportSerializer(serializers.ModelSerializer[Import]):
    """`name` says the file, the collection and how many records; `added` counts what was new, `known` what was not."""

    name = serializers.CharField(read_only=True)
    collection = serializers.SlugRelatedField[Collection]("slug", read_only=True)
    by = serializers.CharField(source="by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Import
        fields = ["id", "name", "file", "format", "collection", "entries", "added", "known", "by", "at"]


class PastImportsView(ListAPIView[Import]):
    """The files that were imported, the newest first."""

    permission_classes = [ReadsData]
    queryset = Import.objects.select_related("collection", "by")
    serializer_class = PastImportSerializer
    filterset_fields = {"collection__slug": ["exact"], "file": ["icontains"]}


class ImportsView(APIView):
    """A file, plain or gzipped, into a collection: all of it or nothing. The same file twice adds nothing.

    Judgments of pairs that were there before follow in small steps. If the studio stops before the end, the same file
    again adds what is missing.
    """

    permission_classes = [ReadsData]
    parser_classes = [MultiPartParser, StreamParser]

    @extend_schema(responses=FormatSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The formats that are read."""
        return Response([{"name": name, "title": it.label, "says": it.says} for name, it in READ.items()])

    @extend_schema(
        request={"multipart/form-data": UploadSerializer, "application/octet-stream": bytes},
        parameters=[ImportSerializer, OpenApiParameter("format", enum=list(READ))],
        responses={200: ReportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send a form with `file`, or the file itself as the body and the other fields in the address."""
        sent: Any = request.data
        fields = {name: sent[name] for name in sent if name != "file"}
        asked = ImportSerializer(data=request.query_params.dict() | fields)
        asked.is_valid(raise_exception=True)
        stream = sent.get("file")
        if stream is None or isinstance(stream, str):
            raise serializers.ValidationError({"file": "Send the file in this field, or as the body."})
        collection = collection_named(asked.validated_data["collection"], request.user.pk)
        given = asked.validated_data
        told = {"judge": given["judge"], "file": getattr(stream, "name", None) or "", "by": asker(request)}
        report = import_file(stream, given["format"], collection, dry_run=given["dry_run"], **told)
        return Response(ReportSerializer(report).data) if not report.n_faults else refused(report)


def refused(report: Report) -> Response:
    """Faults as a problem: each with its line, field, what is wrong and the remedy."""
    errors = [
        {"line": fault.line, "field": fault.field, "message": fault.problem, "remedy": fault.remedy}
        for fault in report.faults
    ]
    problem = {
        "type": "about:blank",
        "title": "Nothing was imported",
        "status": HTTPStatus.BAD_REQUEST,
        "detail": report.refusal,
        "errors": errors,
    }
    return Response(problem, HTTPStatus.BAD_REQUEST, content_type="application/problem+json")
