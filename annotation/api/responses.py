"""Responses, and the scores that reward models gave them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers, viewsets

from annotation.api.access import ReadsData
from annotation.api.filtering import AuthorFilter, CollectionFilter
from annotation.models import Author, Prompt, Response, Score
from annotation.models.responses import ResponseQuerySet
from studio.http.problems import Conflict


class NamedAuthorSerializer(serializers.ModelSerializer[Author]):
    class Meta:
        model = Author
        fields = ["id", "kind", "name"]


class ResponseSerializer(serializers.ModelSerializer[Response]):
    prompt = serializers.PrimaryKeyRelatedField(queryset=Prompt.objects.all())
    author = serializers.PrimaryKeyRelatedField(queryset=Author.objects.filter(kind__in=["model", "person"]))
    author_name = serializers.CharField(source="author.name", read_only=True)
    text = serializers.CharField(trim_whitespace=False, allow_blank=True)
    score = serializers.FloatField(
        read_only=True, default=None, allow_null=True, help_text="By the author named in `scored_by`."
    )

    class Meta:
        model = Response
        fields = [
            "id",
            "prompt",
            "author",
            "author_name",
            "text",
            "length",
            "score",
            "metadata",
            "digest",
            "created_at",
        ]
        read_only_fields = ["length", "digest"]

    def create(self, validated_data: dict[str, Any]) -> Response:
        try:
            with transaction.atomic():
                return super().create(validated_data)
        except IntegrityError as error:
            raise Conflict("The author gave this very response already.") from error


class ResponseFilters(filters.FilterSet):
    q = filters.CharFilter(method="search", label="Words that the response has, in the syntax of web search.")
    collection = CollectionFilter(field_name="prompt__collection")
    scored_by = AuthorFilter(method="scored", label="The reward model whose score is shown.")
    longer_than = filters.NumberFilter("length", "gt")
    shorter_than = filters.NumberFilter("length", "lt")

    class Meta:
        model = Response
        fields = ["prompt", "author"]

    def search(self, responses: ResponseQuerySet, name: str, words: str) -> ResponseQuerySet:
        return responses.matching(words)

    def scored(self, responses: ResponseQuerySet, name: str, author: Author) -> ResponseQuerySet:
        return responses.scored_by(author)


class ResponseViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Response]
):
    """What authors answered. A response is never changed; the same text by the same author is one response."""

    queryset = Response.objects.select_related("author").defer("search")
    serializer_class = ResponseSerializer
    permission_classes = [ReadsData]
    filterset_class = ResponseFilters


class ScoreSerializer(serializers.ModelSerializer[Score]):
    response = serializers.PrimaryKeyRelatedField(queryset=Response.objects.all())
    author = serializers.PrimaryKeyRelatedField(queryset=Author.objects.filter(kind=Author.Kind.REWARD_MODEL))

    class Meta:
        model = Score
        fields = ["id", "response", "author", "value", "created_at"]


class ScoreFilters(filters.FilterSet):
    prompt = filters.NumberFilter("response__prompt")

    class Meta:
        model = Score
        fields = ["response", "author"]


class ScoreViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Score]
):
    """A reward model's raw logits, one for each response."""

    queryset: QuerySet[Score] = Score.objects.all()
    serializer_class = ScoreSerializer
    permission_classes = [ReadsData]
    filterset_class = ScoreFilters
