"""Leaderboards: rows to be read, compared and taken away, and the verdicts that they rest on."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict
from training.api.runs import NamedSerializer, whole_number
from training.evaluation.leaderboards import comparison, exports
from training.evaluation.leaderboards.comparability import key_of
from training.evaluation.leaderboards.comparison import ComparedResults, Incomparable
from training.evaluation.leaderboards.questions import OUTCOMES, explored
from training.models import BenchmarkResult, BenchmarkVerdict

WRITTEN = ("csv", "json")


class BenchmarkResultSerializer(serializers.ModelSerializer[BenchmarkResult]):
    """`key` is what two rows must share to stand side by side: benchmark, judge, digest of the questions, baseline."""

    collection = NamedSerializer(allow_null=True)
    key = serializers.SerializerMethodField()

    class Meta:
        model = BenchmarkResult
        fields = [
            "id",
            "benchmark",
            "name",
            "author",
            "baseline",
            "baseline_author",
            "judge",
            "judge_author",
            "collection",
            "prompts_digest",
            "run",
            "source",
            "value",
            "low",
            "high",
            "n",
            "failed",
            "ties",
            "mean_length",
            "figures",
            "key",
            "created_at",
        ]

    def get_key(self, row: BenchmarkResult) -> list[str]:
        return list(key_of(row))


class AnswerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.CharField(source="author.name")
    text = serializers.CharField()
    length = serializers.IntegerField()


class QuestionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    category = serializers.CharField()


class VerdictJudgmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    pair = serializers.IntegerField(source="pair_id")
    grade = serializers.IntegerField(allow_null=True)
    preference = serializers.FloatField(allow_null=True)
    consistent = serializers.BooleanField(allow_null=True)
    shown = serializers.CharField()
    rationale = serializers.CharField()
    error = serializers.CharField()


class BenchmarkVerdictSerializer(serializers.ModelSerializer[BenchmarkVerdict]):
    """`value` is the share won or the points; `other_value` that of the other result, where one was named."""

    prompt = QuestionSerializer()
    response = AnswerSerializer(allow_null=True)
    baseline_response = AnswerSerializer(allow_null=True)
    judgment = VerdictJudgmentSerializer(allow_null=True)
    other_value = serializers.FloatField(default=None, allow_null=True)
    gain = serializers.FloatField(allow_null=True)

    class Meta:
        model = BenchmarkVerdict
        fields = [
            "id",
            "prompt",
            "value",
            "other_value",
            "gain",
            "response",
            "baseline_response",
            "judgment",
            "details",
        ]


class IntervalSerializer(serializers.Serializer[Any]):
    estimate = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class ComparedResultsSerializer(serializers.Serializer[ComparedResults]):
    """B against A over the questions that both have; p is valid at every moment of looking."""

    a = NamedSerializer()
    b = NamedSerializer()
    sentence = serializers.CharField()
    better = NamedSerializer(allow_null=True)
    difference = IntervalSerializer()
    unit = serializers.CharField()
    share_above_zero = serializers.FloatField()
    p_value = serializers.FloatField()
    decided_at = serializers.IntegerField(
        source="for_b.decided_at", allow_null=True, help_text="After how many questions B was better for sure."
    )
    needed = serializers.IntegerField(allow_null=True, help_text="Questions that would show such a difference.")
    at_equal_length = serializers.FloatField(allow_null=True, help_text="How often B beats A at equal length, in %.")
    direct = NamedSerializer(allow_null=True)


class ResultFilter(filters.FilterSet):
    collection = filters.CharFilter("collection__slug")
    published = filters.BooleanFilter("run", "isnull", label="Published elsewhere.")
    search = filters.CharFilter("name", "icontains", label="Part of the name.")

    class Meta:
        model = BenchmarkResult
        fields = ["benchmark", "judge", "baseline", "prompts_digest", "run", "author", "name"]


class BenchmarkResultViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BenchmarkResult]
):
    """Rows of the leaderboards, measured here (`run`) or published elsewhere (`source`)."""

    permission_classes = [allows(Capability.READ_DATA)]
    serializer_class = BenchmarkResultSerializer
    filterset_class = ResultFilter
    queryset = BenchmarkResult.objects.select_related("collection")

    @extend_schema(
        parameters=[OpenApiParameter("a", int, required=True), OpenApiParameter("b", int, required=True)],
        responses=ComparedResultsSerializer,
    )
    @action(detail=False, pagination_class=None, filterset_class=None)
    def compare(self, request: Request) -> Response:
        """Is B better than A, and how sure. 409 with the reason where the two cannot be compared."""
        a, b = (self.named(request, name) for name in ("a", "b"))
        try:
            return Response(ComparedResultsSerializer(comparison.compare(a, b)).data)
        except Incomparable as refused:
            raise Conflict(str(refused)) from refused

    @extend_schema(
        parameters=[
            OpenApiParameter("other", int, description="Another result to hold it against."),
            OpenApiParameter("outcome", enum=list(OUTCOMES)),
            OpenApiParameter("category", str),
            OpenApiParameter("q", str, description="Words of the question."),
        ],
        responses=BenchmarkVerdictSerializer(many=True),
    )
    @action(detail=True, serializer_class=BenchmarkVerdictSerializer, filterset_class=None)
    def prompts(self, request: Request, pk: str) -> Response:
        """The verdicts that a result rests on, question by question."""
        page = self.paginate_queryset(self.verdicts(request))  # type: ignore[arg-type]  # verdicts in a view of results
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def verdicts(self, request: Request) -> QuerySet[BenchmarkVerdict]:
        asked = request.query_params
        outcome = asked.get("outcome", "")
        if outcome and outcome not in OUTCOMES:
            raise serializers.ValidationError({"outcome": f"Choose one of {', '.join(OUTCOMES)}."})
        other = self.named(request, "other") if asked.get("other") else None
        return explored(
            self.get_object(),
            other=other,
            outcome=outcome,
            category=asked.get("category", ""),
            words=asked.get("q", ""),
        )

    @extend_schema(
        parameters=[OpenApiParameter("as", enum=list(WRITTEN), default="csv")], responses=OpenApiTypes.BINARY
    )
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> HttpResponseBase:
        """A leaderboard in the published columns, best first. Filter down to one key; 409 where rows differ in it."""
        try:
            table = exports.leaderboard(self.filter_queryset(self.get_queryset()))
        except Incomparable as refused:
            raise Conflict(str(refused)) from refused
        match request.query_params.get("as", "csv"):
            case "csv":
                return attached(HttpResponse(exports.as_csv(table), content_type="text/csv"), "leaderboard.csv")
            case "json":
                return attached(JsonResponse(table, safe=False), "leaderboard.json")
        raise serializers.ValidationError({"as": f"Choose one of {', '.join(WRITTEN)}."})

    @extend_schema(responses=OpenApiTypes.BINARY)
    @action(detail=True)
    def annotations(self, request: Request, pk: str) -> HttpResponseBase:
        """The verdicts of an AlpacaEval result as annotations.json."""
        result = self.get_object()
        if result.benchmark != "alpaca_eval":
            raise Conflict(f"Only AlpacaEval has annotations; this is a result of {result.get_benchmark_display()}.")
        return attached(JsonResponse(list(exports.annotations(result)), safe=False), "annotations.json")

    def named(self, request: Request, name: str) -> BenchmarkResult:
        """The result whose id a parameter gives."""
        pk = whole_number(request, name)
        if pk is None:
            raise serializers.ValidationError({name: "Give the id of a result."})
        return get_object_or_404(self.get_queryset(), pk=pk)


def attached(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


router = SimpleRouter()
router.register("benchmark-results", BenchmarkResultViewSet, basename="benchmark_result")
