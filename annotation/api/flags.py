"""Flags: whoever raised one sees what became of it; leads see all and settle them, many at once if they like."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.filtering import CollectionFilter
from annotation.models import Flag, Pair, Settlement
from annotation.review import flagging
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict

AT_ONCE = 1_000
LONGEST = 2_000


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """`state` is open, dismissed (nothing is wrong), excluded (stays out of versions) or fixed."""

    author_name = serializers.CharField(source="author.name", read_only=True)
    settled_by = serializers.SlugRelatedField[Flag]("username", read_only=True, allow_null=True)

    class Meta:
        model = Flag
        fields = [
            "id",
            "pair",
            "author",
            "author_name",
            "reason",
            "state",
            "note",
            "settled_by",
            "settled_at",
            "created_at",
        ]
        read_only_fields = ["author", "state", "note", "settled_at"]
        extra_kwargs = {"reason": {"max_length": LONGEST, "help_text": "What is wrong with the pair."}}


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    by = serializers.SlugRelatedField[Settlement]("username", read_only=True, allow_null=True)

    class Meta:
        model = Settlement
        fields = ["state", "note", "by", "at"]


class SettledFlagSerializer(FlagSerializer):
    """One flag with every decision about it, the oldest first."""

    settlements = SettlementSerializer(many=True, read_only=True)

    class Meta(FlagSerializer.Meta):
        fields = [*FlagSerializer.Meta.fields, "settlements"]


class DecisionSerializer(serializers.Serializer[dict[str, Any]]):
    """How a flag is settled; `open` opens it again. `note` is shown to whoever raised it."""

    state = serializers.ChoiceField(Flag.State.choices)
    note = serializers.CharField(default="", allow_blank=True, max_length=LONGEST)


class DecisionsSerializer(DecisionSerializer):
    flags = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=AT_ONCE
    )


class FlagFilters(filters.FilterSet):
    collection = CollectionFilter(field_name="pair__collection")

    class Meta:
        model = Flag
        fields = ["state", "pair", "author"]


class FlagViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Flag]
):
    """Annotators see the flags that they raised. Raising one on any pair needs the right to read data, settling one
    the right to manage data."""

    serializer_class = FlagSerializer
    filterset_class = FlagFilters
    queryset = Flag.objects.none()

    def get_permissions(self) -> list[BasePermission]:
        needed = {
            "create": Capability.READ_DATA,
            "settle": Capability.MANAGE_DATA,
            "settle_many": Capability.MANAGE_DATA,
        }
        return [allows(needed.get(self.action, Capability.ANNOTATE))()]

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Flag]]:
        return SettledFlagSerializer if self.action == "retrieve" else FlagSerializer

    def get_queryset(self) -> QuerySet[Flag]:
        flags = Flag.objects.select_related("author", "settled_by")
        if self.action == "retrieve":
            flags = flags.prefetch_related("settlements__by")
        if getattr(self, "swagger_fake_view", False) or asker(self.request).can(Capability.READ_DATA):
            return flags
        return flags.filter(author__user=asker(self.request))

    def perform_create(self, serializer: serializers.BaseSerializer[Flag]) -> None:
        pair: Pair = serializer.validated_data["pair"]
        serializer.instance = flagging.flag(asker(self.request), pair, serializer.validated_data["reason"])

    @extend_schema(request=DecisionSerializer, responses=FlagSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Decide about one flag. The same decision again changes nothing."""
        flag = self.get_object()
        decide(request, DecisionSerializer(data=request.data), Flag.objects.filter(pk=flag.pk))
        return Response(FlagSerializer(self.get_object()).data)

    @extend_schema(
        operation_id="v1_flags_settle_many",
        request=DecisionsSerializer,
        responses=inline_serializer("Settled", {"settled": serializers.IntegerField()}),
    )
    @action(detail=False, methods=["post"], url_path="settle", url_name="settle-many")
    def settle_many(self, request: Request) -> Response:
        """Decide alike about many flags, all or none. `settled` is how many changed."""
        asked = DecisionsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = set(asked.validated_data["flags"])
        found = Flag.objects.filter(pk__in=wanted)
        if missing := sorted(wanted - set(found.values_list("pk", flat=True))):
            raise serializers.ValidationError({"flags": f"There is no flag {missing[0]}. Nothing was settled."})
        return Response({"settled": decide(request, asked, found)})


def decide(request: Request, asked: serializers.Serializer[dict[str, Any]], flags: QuerySet[Flag]) -> int:
    asked.is_valid(raise_exception=True)
    said = asked.validated_data
    try:
        return flagging.settle(flags, said["state"], asker(request), said["note"])
    except flagging.SettlingRefused as refused:
        raise Conflict(str(refused)) from refused
