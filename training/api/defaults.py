"""What a project begins with where nobody says otherwise: read and changed."""

from typing import Any

from django.core.exceptions import ValidationError as Refused
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.judges.runs.monthly_budget import this_month
from annotation.models.defaults import FEWEST_DAYS, MOST_DAYS, MOST_DOLLARS, MOST_OVERLAP
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows, allows_reading
from training import project_defaults as defaults
from training import specs


class DefaultsSerializer(serializers.Serializer[Any]):
    """An empty one leaves it to the studio. Each needs the right to what it is the default of."""

    guidelines = serializers.CharField(
        allow_blank=True, help_text="Markdown: new collections start with it, and those without guidelines show it."
    )
    overlap = serializers.IntegerField(
        min_value=1, max_value=MOST_OVERLAP, help_text="Judgments wanted for each pair."
    )
    judge = serializers.CharField(allow_blank=True, max_length=200, help_text="By its name.")
    budget = serializers.FloatField(
        min_value=0,
        max_value=MOST_DOLLARS,
        allow_null=True,
        help_text="US dollars that a run of a judge may spend where nobody says otherwise.",
    )
    monthly_budget = serializers.FloatField(
        min_value=0,
        max_value=MOST_DOLLARS,
        allow_null=True,
        help_text="US dollars for all judges in a calendar month (UTC); null is no limit.",
    )
    keep_raw_days = serializers.IntegerField(
        min_value=FEWEST_DAYS,
        max_value=MOST_DAYS,
        allow_null=True,
        help_text="Days after which answers of judges lose their words and runs their logs; null is for ever.",
    )
    template = serializers.ChoiceField(
        specs.named_templates(), allow_blank=True, help_text="For checkpoints without a template of their own."
    )


class MonthSerializer(serializers.Serializer[Any]):
    """US dollars of the month at present; `reserved` is for questions under way, `left` is null without a limit."""

    month = serializers.DateField()
    limit = serializers.FloatField(allow_null=True)
    spent = serializers.FloatField()
    reserved = serializers.FloatField()
    left = serializers.FloatField(allow_null=True)


class MonthView(APIView):
    permission_classes = [allows(Capability.READ_DATA)]

    @extend_schema(responses=MonthSerializer)
    def get(self, request: Request) -> Response:
        """What judges cost the project this month, and what is left of its limit."""
        return Response(MonthSerializer(this_month()).data)


class DefaultsView(APIView):
    permission_classes = [allows_reading(Capability.READ_DATA, Capability.MANAGE_DATA)]

    @extend_schema(responses=DefaultsSerializer)
    def get(self, request: Request) -> Response:
        """The defaults of the project."""
        return Response(DefaultsSerializer(defaults.current()).data)

    @extend_schema(request=DefaultsSerializer(partial=True), responses=DefaultsSerializer)
    def patch(self, request: Request) -> Response:
        """Change some of them. What exists stays as it is: collections, runs, judgments."""
        asked = DefaultsSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        try:
            defaults.change(asker(request), asked.validated_data)
        except Refused as refused:
            raise serializers.ValidationError(refused.message_dict) from refused
        return self.get(request)
