"""Pairs with the judgments of them, found in words or by who judged what."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response as HttpResponse

from annotation.api.access import ReadsData
from annotation.api.flags import FlagSerializer
from annotation.api.responses import NamedAuthorSerializer
from annotation.interchange.exports import CONTAINERS, export_pairs
from annotation.models import Flag, Judgment, Pair, Response
from annotation.models.flags import where_flagged
from annotation.pair_filters import PairFields, among
from annotation.review.pairing import pair_chosen
from studio.http.filters import filters_of
from studio.http.problems import Conflict
from studio.http.streaming import download

SIDES = ("left", "right")


class SideSerializer(serializers.ModelSerializer[Response]):
    author = NamedAuthorSerializer()

    class Meta:
        model = Response
        fields = ["id", "author", "text", "length"]


class PassedJudgmentSerializer(serializers.ModelSerializer[Judgment]):
    author = NamedAuthorSerializer()

    class Meta:
        model = Judgment
        fields = [
            "id",
            "author",
            "state",
            "grade",
            "both_bad",
            "shown",
            "consistent",
            "rationale",
            "too_fast",
            "error",
            "created_at",
        ]


class PairSerializer(serializers.ModelSerializer[Pair]):
    """Left and right stand in the order of their ids; a grade above 0 prefers the right."""

    collection = serializers.SlugRelatedField[Pair]("slug", read_only=True)
    messages = serializers.JSONField(source="prompt.messages", read_only=True)
    left, right = SideSerializer(), SideSerializer()

    class Meta:
        model = Pair
        fields = [
            "id",
            "collection",
            "prompt",
            "messages",
            "left",
            "right",
            "source",
            "metadata",
            "n_judgments",
            "mean_grade",
            "disputed",
            "to_compare",
            "created_at",
        ]


# A list is read a hundred times for each pair that is opened: its rows go from the database to JSON without a model.
PLAIN = ("id", "prompt", "source", "metadata", "n_judgments", "mean_grade", "disputed", "to_compare", "created_at")
SIDE = ("id", "text", "length", "author__id", "author__kind", "author__name")
COLUMNS = (*PLAIN, "collection__slug", "prompt__messages", *(f"{side}__{name}" for side in SIDES for name in SIDE))


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `COLUMNS` as PairSerializer would show it."""
    sides = {
        side: {
            "id": row[f"{side}__id"],
            "author": {name: row[f"{side}__author__{name}"] for name in ("id", "kind", "name")},
            "text": row[f"{side}__text"],
            "length": row[f"{side}__length"],
        }
        for side in SIDES
    }
    plain = {name: row[name] for name in PLAIN}
    return plain | {"collection": row["collection__slug"], "messages": row["prompt__messages"]} | sides


class JudgedPairSerializer(PairSerializer):
    """One pair with its current judgments and its flags."""

    judgments = PassedJudgmentSerializer(many=True)
    flags = FlagSerializer(many=True)

    class Meta(PairSerializer.Meta):
        fields = [*PairSerializer.Meta.fields, "judgments", "flags"]


class NewPairSerializer(serializers.ModelSerializer[Pair]):
    """Two responses to one prompt, in any order. Naming a pair that is there gives that pair."""

    left = serializers.PrimaryKeyRelatedField(queryset=Response.objects.select_related("prompt__collection"))
    right = serializers.PrimaryKeyRelatedField(queryset=Response.objects.select_related("prompt__collection"))

    class Meta:
        model = Pair
        fields = ["left", "right", "source", "metadata"]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        left, right = attrs["left"], attrs["right"]
        if left == right:
            raise serializers.ValidationError({"right": "A pair has two different responses."})
        if left.prompt_id != right.prompt_id:
            raise serializers.ValidationError({"right": "It answers another prompt than left does."})
        if left.digest == right.digest:
            raise serializers.ValidationError({"right": "It is the same text as left. Name a response that differs."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Pair:
        left, right = validated_data.pop("left"), validated_data.pop("right")
        for made in pair_chosen([(left.pk, right.pk)], **validated_data).values():
            return made
        raise Conflict("Somebody deleted this pair a moment ago. Send the request again to make it anew.")

    def to_representation(self, instance: Pair) -> dict[str, Any]:
        return dict(PairSerializer(instance, context=self.context).data)


class PairFilters(filters.FilterSet):
    """What the page of pairs asks for by the same names."""


PairFilters.base_filters.update(filters_of(PairFields, PairFields.by))


class PairViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Pair]
):
    """Two responses to one prompt that somebody is to compare, or has compared."""

    queryset = Pair.every.select_related("collection", "prompt", "left__author", "right__author").defer(
        "prompt__search", "prompt__text", "left__search", "right__search"
    )
    permission_classes = [ReadsData]
    filterset_class = PairFilters

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Pair]]:
        by_action = {"create": NewPairSerializer, "retrieve": JudgedPairSerializer}
        return by_action.get(self.action, PairSerializer)

    def get_queryset(self) -> QuerySet[Pair]:
        pairs = super().get_queryset()
        if self.action != "retrieve":
            return pairs if self.request.query_params.get("made") else pairs.filter(to_compare=True)
        current = Judgment.objects.filter(superseded_at=None).select_related("author").order_by("pk")
        flags = Flag.objects.select_related("author", "settled_by").order_by("pk")
        return pairs.prefetch_related(Prefetch("judgments", current), Prefetch("flags", flags))

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values(*COLUMNS))
        return self.get_paginated_response([listed(row) for row in page or []])

    @extend_schema(responses={(200, CONTAINERS["jsonl"]): OpenApiTypes.BINARY})
    @action(detail=False)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The pairs that the filters leave, with their current judgments, as JSON lines that can be imported again.

        Without `flag` those are left out that are flagged and open, or excluded; the header X-Left-Out counts them.
        """
        pairs, left_out = self.filter_queryset(among(request.query_params)), 0
        if not request.query_params.get("flag"):
            pairs, left_out = where_flagged(pairs, "kept"), where_flagged(pairs, "left_out").count()
        answer = download(request._request, export_pairs(pairs), CONTAINERS["jsonl"], "pairs.jsonl")
        answer.headers["X-Left-Out"] = str(left_out)
        return answer
