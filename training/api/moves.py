"""A collection to another project: what would go along, and the run that does it."""

from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.other_projects import target
from annotation.models import Collection
from annotation.moves.preview import Asked, MoveRefused, preview
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict
from training.api.runs import RunDetailSerializer
from training.runs import moving


class MoveSerializer(serializers.Serializer[Any]):
    """Where it goes; `dry_run` says what would go along and moves nothing."""

    project = serializers.SlugField(max_length=50, help_text="Of a project whose data you manage.")
    slug = serializers.SlugField(
        max_length=50, required=False, help_text="Of the collection there. Left out, it keeps its own."
    )
    dry_run = serializers.BooleanField(default=False)


class RenumberedSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="As it is called here.")
    number = serializers.IntegerField(help_text="Its number there.")


class MovedSerializer(serializers.Serializer[Any]):
    """In a dry run `run` is null."""

    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Rows that go along, by table.")
    people = serializers.ListField(child=serializers.CharField(), help_text="Whose work goes along.")
    versions = RenumberedSerializer(many=True)
    refusals = serializers.ListField(child=serializers.CharField(), help_text="What is in the way; none: it can move.")
    warning = serializers.CharField(allow_blank=True, help_text="What would be lost there afterwards.")
    run = RunDetailSerializer(allow_null=True)


class CollectionMoveView(GenericAPIView[Any]):
    """Move a collection with all that hangs on it to another project. A run does it: follow it at `/runs/ID/`.

    You need the right to manage data in both projects, and a token that opens both. 409 where something is in the way.
    """

    queryset = Collection.objects.all()
    lookup_field = "slug"
    serializer_class = MoveSerializer
    permission_classes = [allows(Capability.MANAGE_DATA)]

    @extend_schema(responses={HTTPStatus.OK: MovedSerializer, HTTPStatus.ACCEPTED: MovedSerializer})
    def post(self, request: Request, slug: str) -> Response:
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        collection = get_object_or_404(Collection.objects.select_related("project"), slug=slug)
        fields = given.validated_data
        asked = Asked(collection, target(request, fields["project"]), fields.get("slug") or slug)
        found, run = preview(asked), None
        if not fields["dry_run"]:
            try:
                run = moving.start(asked, asker(request))
            except MoveRefused as refused:
                raise Conflict(str(refused)) from refused
        said = {
            "counts": found.counts,
            "people": [one["name"] for one in found.people],
            "versions": [{"version": str(one.version), "number": one.number} for one in found.versions],
            "refusals": found.refusals,
            "warning": found.warning,
            "run": run,
        }
        return Response(MovedSerializer(said).data, status=HTTPStatus.ACCEPTED if run else HTTPStatus.OK)
