"""Judges, each with the card that says how far it may be trusted."""

from typing import Any

import msgspec
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.access import ReadsData
from annotation.api.keeping import KeptTo, refuse_opening
from annotation.judges.cards.cache import kept
from annotation.judges.cards.side_by_side import beside
from annotation.keeping import keep_judge, row_of
from annotation.models import Author, JudgeCard, KeptJudge
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from studio.http.permissions import allows

FIGURES = ("agreement", "consistency", "first_position", "longer", "failed", "per_thousand", "n_judged", "made_at")


class FiguresSerializer(serializers.ModelSerializer[JudgeCard]):
    class Meta:
        model = JudgeCard
        fields = FIGURES


class JudgeSerializer(serializers.ModelSerializer[Author]):
    """`card` has the figures as they were last counted, and is null where nobody has asked for the card yet."""

    card = FiguresSerializer(read_only=True, allow_null=True, default=None)

    class Meta:
        model = Author
        fields = ["id", "name", "details", "created_at", "card"]


class JudgeProjectsSerializer(serializers.Serializer[KeptJudge]):
    judge = serializers.CharField(source="name", read_only=True, help_text="What is said holds for all its versions.")
    projects = KeptTo(source="kept_to", help_text="Slugs of the projects that may ask it; none are all.")
    is_for_all = serializers.BooleanField(
        read_only=True, help_text="No project was chosen. Without projects and not for all: those chosen are deleted."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance and not attrs["kept_to"]:
            refuse_opening(self.instance)
        return attrs


class JudgeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Author]):
    """A version of a judge: another model, prompt or setting is another judge."""

    queryset = Author.objects.filter(kind=Author.Kind.JUDGE).select_related("card")
    serializer_class = JudgeSerializer
    permission_classes = [ReadsData]
    filterset_fields = ["name"]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request: Request, pk: str) -> Response:
        """The whole card: agreement with people beside that of people among themselves, whole and by part; what else
        the judge follows; gold labels; what it cost. Each share with n and its 95 % interval."""
        row = kept(self.get_object())
        return Response(row.figures | {"made_at": row.made_at})

    @extend_schema(parameters=[OpenApiParameter("other", int, required=True)], responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def beside(self, request: Request, pk: str) -> Response:
        """Two judges over the pairs that both judged: each figure of both, and the difference with its interval."""
        asked = row_id(request.query_params.get("other"))
        if asked is None:
            raise serializers.ValidationError({"other": "Give the id of another judge."})
        one, other = self.get_object(), get_object_or_404(self.get_queryset(), pk=asked)
        differences, same = beside(one, other)
        return Response({"same_verdict": msgspec.to_builtins(same), "differences": msgspec.to_builtins(differences)})

    @extend_schema(methods=["GET"], responses=JudgeProjectsSerializer)
    @extend_schema(methods=["PUT"], request=JudgeProjectsSerializer, responses=JudgeProjectsSerializer)
    @action(detail=True, methods=["get", "put"], permission_classes=[allows(Capability.ADMINISTER)])
    def projects(self, request: Request, pk: str) -> Response:
        """Which projects may ask it. 404 where the studio has no such judge: its judgments were imported."""
        row = row_of(self.get_object())
        if row is None:
            raise Http404
        if request.method == "PUT":
            asked = JudgeProjectsSerializer(row, data=request.data)
            asked.is_valid(raise_exception=True)
            row = keep_judge(asker(request), row.name, asked.validated_data["kept_to"])
        return Response(JudgeProjectsSerializer(row).data)
