"""Pairs of a whole collection, made of its responses."""

from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.limits import MOST, MOST_SEEDS
from annotation.models import Author, Collection
from annotation.review.collection_pairing import (
    SOURCE_LENGTH,
    Pairing,
    PairingInvalid,
    pair_at_once,
    preview,
)
from annotation.review.pairing_strategies import STRATEGIES
from studio.accounts.roles import Capability
from studio.http.permissions import allows

Authors = serializers.PrimaryKeyRelatedField[Author]


class PairingSerializer(serializers.Serializer[Any]):
    """Which responses become pairs; `dry_run` counts the pairs and makes none."""

    strategy = serializers.ChoiceField(choices=[(name, one.label) for name, one in STRATEGIES.items()])
    authors = Authors(
        many=True,
        queryset=Author.objects.all(),
        required=False,
        help_text="Only responses by these. If you name none, all authors count.",
    )
    reference = Authors(
        queryset=Author.objects.all(),
        allow_null=True,
        required=False,
        help_text="For the strategy `reference`: the author with whose responses all others are compared.",
    )
    scored_by = Authors(
        queryset=Author.objects.all(),
        allow_null=True,
        required=False,
        help_text="For a strategy that uses scores: whose scores count.",
    )
    per_prompt = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        allow_null=True,
        required=False,
        help_text="At most this many pairs for each prompt. Left out: 1 where scores count, else all.",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, allow_null=True, required=False, help_text="At most this many pairs together."
    )
    seed = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SEEDS - 1,
        default=0,
        help_text="Decides which pairs are made where a limit leaves some out.",
    )
    # A field, of the same name as an attribute that every serializer has.
    source = serializers.CharField(  # type: ignore[assignment]
        default="",
        allow_blank=True,
        max_length=SOURCE_LENGTH,
        help_text="Written on new pairs, so that you can find them.",
    )
    dry_run = serializers.BooleanField(default=False, help_text="Count the pairs and make none.")

    def validate_authors(self, authors: list[Author]) -> tuple[Author, ...]:
        return tuple(authors)


class PairedSerializer(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    pairs = serializers.IntegerField(help_text="Pairs that were asked for.")
    known = serializers.IntegerField(help_text="Those of them that were there already.")
    made = serializers.IntegerField(help_text="Those of them that are new; 0 in a dry run.")
    prompts = serializers.IntegerField(help_text="Prompts that the pairs belong to.")
    unscored = serializers.IntegerField(help_text="Responses that take no part, since nobody scored them.")
    is_partial = serializers.BooleanField(help_text="In a dry run: there are more pairs than were counted.")


class CollectionPairView(GenericAPIView[Any]):
    """Make pairs of the responses in a collection. Asking twice adds nothing."""

    queryset = Collection.objects.all()
    lookup_field = "slug"
    serializer_class = PairingSerializer
    permission_classes = [allows(Capability.MANAGE_DATA)]

    @extend_schema(responses={HTTPStatus.OK: PairedSerializer})
    def post(self, request: Request, slug: str) -> Response:
        collection = get_object_or_404(Collection, slug=slug)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        is_dry_run = fields.pop("dry_run")
        try:
            made, expected = 0, preview(collection, Pairing(**fields))
            if not is_dry_run:
                made = pair_at_once(collection, Pairing(**fields), expected)
        except PairingInvalid as error:
            raise serializers.ValidationError({error.field: error.message}) from error
        return Response(vars(expected) | {"made": made, "dry_run": is_dry_run})
