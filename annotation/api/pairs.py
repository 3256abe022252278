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
from annotation.api.filtering import AuthorFilter, AuthorsFilter, CollectionFilter
from annotation.api.flags import FlagSerializer
from annotation.api.responses import NamedAuthorSerializer
from annotation.interchange.exports import CONTAINERS, export_pairs
from annotation.models import Author, Flag, Judgment, Pair, Response
from annotation.models.flags import FLAGGED, where_flagged
from annotation.models.pairs import PairQuerySet
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
            "created_at",
        ]


# A list is read a hundred times for each pair that is opened: its rows go from the database to JSON without a model.
PLAIN = ("id", "prompt", "source", "metadata", "n_judgments", "mean_grade", "disputed", "created_at")
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
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Pair:
        left, right = validated_data.pop("left"), validated_data.pop("right")
        return Pair.of(left, right, **validated_data)

    def to_representation(self, instance: Pair) -> dict[str, Any]:
        return dict(PairSerializer(instance, context=self.context).data)


class PairFilters(filters.FilterSet):
    q = filters.CharFilter(method="search", label="Words of the prompt or a response, in the syntax of web search.")
    collection = CollectionFilter()
    category = filters.CharFilter("prompt__category")
    author = AuthorFilter(method="written", label="Wrote a response.")
    judged_by = AuthorFilter(method="judged_by_author", label="Has a current judgment by this author.")
    judged = filters.BooleanFilter(method="judged_at_all", label="Has a valid judgment.")
    grade_from = filters.NumberFilter("mean_grade", "gte")
    grade_to = filters.NumberFilter("mean_grade", "lte")
    parted = filters.BooleanFilter(method="people_part", label="People and judges prefer different sides.")
    agree = AuthorsFilter(method="two_agree", label="Named twice: these two authors agree.")
    part = AuthorsFilter(method="two_part", label="Named twice: these two authors' verdicts differ.")
    flag = filters.ChoiceFilter(method="flagged", choices=list(FLAGGED.items()), label="By its flags.")

    class Meta:
        model = Pair
        fields = ["prompt", "source", "disputed"]

    def search(self, pairs: PairQuerySet, name: str, words: str) -> PairQuerySet:
        return pairs.matching(words)

    def written(self, pairs: PairQuerySet, name: str, author: Author) -> PairQuerySet:
        return pairs.by_author(author)

    def judged_by_author(self, pairs: PairQuerySet, name: str, author: Author) -> PairQuerySet:
        return pairs.judged_by(author)

    def judged_at_all(self, pairs: PairQuerySet, name: str, judged: bool) -> PairQuerySet:
        return pairs.filter(n_judgments__gt=0) if judged else pairs.filter(n_judgments=0)

    def people_part(self, pairs: PairQuerySet, name: str, parted: bool) -> PairQuerySet:
        return pairs.parted() if parted else pairs

    def flagged(self, pairs: PairQuerySet, name: str, how: str) -> QuerySet[Pair]:
        return where_flagged(pairs, how)

    def two_agree(self, pairs: PairQuerySet, name: str, authors: list[Author]) -> PairQuerySet:
        return pairs.where_agree(*two(name, authors)) if authors else pairs

    def two_part(self, pairs: PairQuerySet, name: str, authors: list[Author]) -> PairQuerySet:
        return pairs.where_part(*two(name, authors)) if authors else pairs


def two(name: str, authors: list[Author]) -> tuple[Author, Author]:
    if len(authors) != 2:
        raise serializers.ValidationError({name: f"Name two different authors, as ?{name}=3&{name}=7."})
    return authors[0], authors[1]


class PairViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Pair]
):
    """Two responses to one prompt that somebody is to compare, or has compared."""

    queryset = Pair.objects.select_related("collection", "prompt", "left__author", "right__author").defer(
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
            return pairs
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
        pairs, left_out = self.filter_queryset(Pair.objects.all()), 0
        if not request.query_params.get("flag"):
            pairs, left_out = where_flagged(pairs, "kept"), where_flagged(pairs, "left_out").count()
        answer = download(request._request, export_pairs(pairs), CONTAINERS["jsonl"], "pairs.jsonl")
        answer.headers["X-Left-Out"] = str(left_out)
        return answer
