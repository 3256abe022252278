"""Ratings from the judgments between authors, as one answer."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.access import ReadsData
from annotation.arena import stored_styles
from annotation.arena.arena import Arena, arena, rows
from annotation.arena.comparisons import ComparisonFilters
from annotation.models import Author, Collection
from studio.http.problems import Conflict


class QuestionSerializer(serializers.Serializer[Any]):
    """Which judgments count: nothing given, all current valid ones between two authors."""

    collection = serializers.SlugRelatedField("slug", queryset=Collection.objects.all(), required=False)
    kind = serializers.ChoiceField(
        [Author.Kind.PERSON, Author.Kind.JUDGE], required=False, help_text="Whose judgments count."
    )
    judge = serializers.PrimaryKeyRelatedField(queryset=Author.objects.all(), required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    category = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    cap = serializers.IntegerField(
        min_value=1, required=False, help_text="How many comparisons of one person count on a day."
    )
    blind = serializers.BooleanField(
        default=False, help_text="Leave out comparisons made with the authors' names in sight."
    )
    styled = serializers.BooleanField(default=False, help_text="Ratings at equal length and markdown, too.")


class ArenaView(APIView):
    permission_classes = [ReadsData]

    @extend_schema(parameters=[QuestionSerializer], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Elo, Bradley-Terry with intervals, average win rate and each two authors' comparisons.

        Ratings hold within a `group` only. With `styled`, texts that were not measured yet are refused with 409 while
        there are many: the page of the arena measures them.
        """
        asked = QuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        styled, question = given.pop("styled"), ComparisonFilters(**given)
        found = arena(question, styled=styled)
        if found and found.unmeasured:
            if len(found.unmeasured) > stored_styles.AT_ONCE:
                raise Conflict(f"{len(found.unmeasured):,} texts wait to be measured. Open the arena's page for it.")
            stored_styles.measure(found.unmeasured)
            found = arena(question, styled=styled)
        return Response(said(found) if found else {"n": 0, "ranking": []})


def said(found: Arena) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in ("n", "ties", "judged_by", "left_out", "authors", "seconds")}
    effects = {name: effect._asdict() for name, effect in (found.effects or {}).items()}
    tables = {name: table.tolist() for name, table in found.tally._asdict().items()}
    return told | {"ranking": rows(found), "style_effects": effects} | tables
