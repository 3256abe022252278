"""Endpoints of judges, for admins. A key goes in and never comes out."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError as Refused
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotation import keeping
from annotation.api.keeping import KeptTo, refuse_opening
from annotation.judges.client import keys, try_endpoint
from annotation.models import Endpoint
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """`key` is kept encrypted; an empty one forgets what is kept. `key_kept`: `variable`, `encrypted` or `none`."""

    key = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=1000)
    key_kept = serializers.CharField(read_only=True)
    projects = KeptTo(
        source="kept_to", required=False, help_text="Slugs of the projects that may use it; see `is_for_all`."
    )
    is_for_all = serializers.BooleanField(
        read_only=True, help_text="No project was chosen. Without projects and not for all: those chosen are deleted."
    )

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "name",
            "pool",
            "base_url",
            "key_variable",
            "key",
            "key_kept",
            "requests_per_minute",
            "tokens_per_minute",
            "in_flight",
            "batch_share",
            "allow_private",
            "is_active",
            "projects",
            "is_for_all",
            "created_at",
        ]
        extra_kwargs = {
            "in_flight": {"min_value": 1, "max_value": 2000},
            "batch_share": {"min_value": 0, "max_value": 1},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With the encrypted key in place of the plain one."""
        key = attrs.pop("key", None)
        variable = attrs.get("key_variable", self.instance.key_variable if self.instance else "")
        if key and variable:
            raise serializers.ValidationError({"key": "Give a key or the name of a variable, not both."})
        if key is None and not variable and self.moved(attrs):
            raise serializers.ValidationError({"key": "Another address needs its key again."})
        if key is not None or variable:
            attrs["encrypted_key"] = keys.seal(key) if key else None
        if attrs.get("kept_to") == [] and self.instance:
            refuse_opening(self.instance)
        row = Endpoint(pk=self.instance.pk if self.instance else None)
        for name in ("base_url", "allow_private"):
            setattr(row, name, attrs.get(name, getattr(self.instance or row, name)))
        try:
            row.clean()
        except Refused as refused:
            raise serializers.ValidationError(refused.message_dict) from refused
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Endpoint:
        return self.kept(Endpoint(), validated_data)

    def update(self, instance: Endpoint, validated_data: dict[str, Any]) -> Endpoint:
        return self.kept(instance, validated_data)

    def kept(self, row: Endpoint, given: dict[str, Any]) -> Endpoint:
        """Saved, and on record where other projects may use it than before."""
        projects = given.pop("kept_to", None)
        for name, value in given.items():
            setattr(row, name, value)
        if projects is None:
            row.save()
        else:
            keeping.keep(asker(self.context["request"]), row, projects)
        return row

    def moved(self, attrs: dict[str, Any]) -> bool:
        return bool(self.instance and "base_url" in attrs and self.instance.needs_key_again(attrs["base_url"]))


class TrySerializer(serializers.Serializer[dict[str, Any]]):
    model = serializers.CharField(required=False, max_length=200, help_text="By default one that a judge names.")


class EndpointViewSet(viewsets.ModelViewSet[Endpoint]):
    """Where judges are asked. Those of the same pool share its questions."""

    queryset = Endpoint.objects.all()
    serializer_class = EndpointSerializer
    permission_classes = [allows(Capability.ADMINISTER)]
    filterset_fields = ["pool", "is_active"]

    @extend_schema(
        request=TrySerializer,
        responses=inline_serializer(
            "EndpointTrial",
            {
                "ok": serializers.BooleanField(),
                "says": serializers.CharField(),
                "fault": serializers.CharField(),
                "model": serializers.CharField(),
                "seconds": serializers.FloatField(),
            },
        ),
    )
    @action(detail=True, methods=["post"], url_path="try")
    def try_it(self, request: Request, pk: str) -> Response:
        """Ask it one tiny question, and say what came back or what is wrong by name."""
        asked = TrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        endpoint = self.get_object()
        model = asked.validated_data.get("model") or try_endpoint.model_of(endpoint.pool)
        return Response(asdict(try_endpoint.try_out(endpoint, model)))
