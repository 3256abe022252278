"""A judge's answers as they came: to read, to repair where they could not be read, and to read again."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.access import ReadsData
from annotation.api.judgments import JudgmentSerializer
from annotation.judges.config.registry import JudgeInvalid
from annotation.judges.runs import repairs
from annotation.judges.runs.repairs import RepairRefused
from annotation.models import Author, JudgeCall
from studio.accounts.access import asker


class JudgeCallSerializer(serializers.ModelSerializer[JudgeCall]):
    author_name = serializers.CharField(source="author.name", read_only=True)
    repaired_by = serializers.CharField(source="repaired_by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = JudgeCall
        fields = [
            "id",
            "pair",
            "response",
            "author",
            "author_name",
            "judgment",
            "shown",
            "sample",
            "grade",
            "preference",
            "scores",
            "raw",
            "raw_erased_at",
            "error",
            "model",
            "prompt_digest",
            "settings",
            "seed",
            "tokens_in",
            "tokens_out",
            "price",
            "latency",
            "asked_for",
            "repaired_by",
            "repaired_at",
            "created_at",
        ]


class RepairSerializer(serializers.Serializer[Any]):
    """What a person reads in the answer, first against second as the judge was shown them."""

    grade = serializers.IntegerField(
        min_value=-3, max_value=3, required=False, help_text="−3: first much better … 0: tie … 3: second much better."
    )
    scores = serializers.ListField(
        child=serializers.FloatField(), min_length=1, max_length=2, required=False, help_text="Of first and second."
    )


class ReparseSerializer(serializers.Serializer[Any]):
    author = serializers.PrimaryKeyRelatedField(queryset=Author.objects.filter(kind=Author.Kind.JUDGE))


class JudgeCallFilters(filters.FilterSet):
    waiting = filters.BooleanFilter(method="waits", label="Failed, and not repaired yet.")

    class Meta:
        model = JudgeCall
        fields = ["author", "pair", "response", "judgment", "asked_for"]

    def waits(self, calls: QuerySet[JudgeCall], name: str, value: bool) -> QuerySet[JudgeCall]:
        waiting = repairs.waiting().values("pk")
        return calls.filter(pk__in=waiting) if value else calls.exclude(pk__in=waiting)


class JudgeCallViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[JudgeCall]):
    permission_classes = [ReadsData]
    serializer_class = JudgeCallSerializer
    filterset_class = JudgeCallFilters
    queryset = JudgeCall.objects.select_related("author", "repaired_by", "pair")

    @extend_schema(request=RepairSerializer, responses={201: JudgmentSerializer})
    @action(detail=True, methods=["post"])
    def repair(self, request: Request, pk: str) -> Response:
        """Enter the verdict of an answer that could not be read; gives the judgment that is made anew."""
        given = RepairSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        grade, scores = given.validated_data.get("grade"), given.validated_data.get("scores")
        try:
            judgment = repairs.repair(
                self.get_object(), asker(request), grade=grade, scores=(*scores, None)[:2] if scores else None
            )
        except RepairRefused as refused:
            raise serializers.ValidationError({refused.field: refused.message}) from refused
        except JudgeInvalid as error:
            raise serializers.ValidationError(str(error)) from error
        return Response(JudgmentSerializer(judgment, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=ReparseSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"])
    def reparse(self, request: Request) -> Response:
        """Read every stored answer of a judge again, at no cost; says how many say something else now."""
        given = ReparseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            return Response(asdict(repairs.reparse(given.validated_data["author"])))
        except JudgeInvalid as error:
            raise serializers.ValidationError({"author": str(error)}) from error
