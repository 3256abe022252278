"""Prompts."""

from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers, viewsets

from annotation.api.access import ReadsData
from annotation.api.filtering import AuthorFilter, CollectionFilter
from annotation.interchange.entries import Entry, Refused, Turn
from annotation.models import Author, Collection, Prompt
from annotation.models.prompts import Message, PromptQuerySet
from studio.http.problems import Conflict


class TurnSerializer(serializers.Serializer[Message]):
    role = serializers.ChoiceField(choices=["system", "user", "assistant", "tool"])
    content = serializers.CharField(trim_whitespace=False, allow_blank=True)


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    collection = serializers.SlugRelatedField("slug", queryset=Collection.objects.all())
    messages = TurnSerializer(many=True)

    class Meta:
        model = Prompt
        fields = ["id", "collection", "messages", "category", "metadata", "digest", "created_at"]
        read_only_fields = ["digest"]

    def validate_messages(self, messages: list[Message]) -> list[Message]:
        try:
            Entry(prompt=msgspec.convert(messages, list[Turn])).check()
        except Refused as refused:
            raise serializers.ValidationError(f"{refused.problem} {refused.remedy}") from refused
        return [{"role": message["role"], "content": message["content"]} for message in messages]

    def create(self, validated_data: dict[str, Any]) -> Prompt:
        try:
            with transaction.atomic():
                return super().create(validated_data)
        except IntegrityError as error:
            raise Conflict("The collection holds this prompt already.") from error


class PromptFilters(filters.FilterSet):
    q = filters.CharFilter(method="search", label="Words that the prompt has, in the syntax of web search.")
    collection = CollectionFilter()
    answered_by = AuthorFilter(method="answered", label="Wrote a response.")

    class Meta:
        model = Prompt
        fields = ["category"]

    def search(self, prompts: PromptQuerySet, name: str, words: str) -> PromptQuerySet:
        return prompts.matching(words)

    def answered(self, prompts: PromptQuerySet, name: str, author: Author) -> PromptQuerySet:
        return prompts.answered_by(author)


class PromptViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Prompt]
):
    """Conversations that end in a user's turn. A prompt is never changed: what was judged stays as it was."""

    queryset = Prompt.objects.select_related("collection").defer("search", "text")
    serializer_class = PromptSerializer
    permission_classes = [ReadsData]
    filterset_class = PromptFilters
