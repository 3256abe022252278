"""People who judge: their figures, pausing them, and taking back the pairs that they hold."""

from typing import Any

import msgspec
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.flags import LONGEST
from annotation.models import Author, Collection
from annotation.review import pausing, queue
from annotation.review.activity import Activity, Asked
from annotation.review.activity_cache import kept
from annotation.review.annotators import HandOverRefused, annotators, go_on, hand_over, stop, take_pairs_back
from studio.accounts.access import asker
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict

# Agreement would tell its owner after each judgment what others say of that pair, which may be judged again.
OF_OTHERS = ("people", "judges")


class CountedSerializer(serializers.Serializer[dict[str, Any]]):
    """Which judgments the figures count; nothing given, all current valid ones."""

    collection = serializers.SlugRelatedField("slug", queryset=Collection.objects.all(), required=False)
    since = serializers.DateField(required=False)
    judge = serializers.PrimaryKeyRelatedField(
        queryset=Author.objects.filter(kind=Author.Kind.JUDGE), required=False, help_text="Agreement with this one."
    )


class AnnotatorSerializer(serializers.ModelSerializer[User]):
    """`author` names the person in `/judgments/`, `/flags/` and others. `open` are the pairs that they hold now."""

    author = serializers.IntegerField(source="of", read_only=True, allow_null=True)
    paused = serializers.BooleanField(read_only=True)
    open = serializers.IntegerField(read_only=True)
    figures = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "username", "author", "is_active", "paused", "open", "figures"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_figures(self, person: User) -> dict[str, Any]:
        """Counts, the median of seconds, and shares: `top` of `n` over `pairs`, each with its 95 % interval."""
        told = self.context["figures"].get(person.pk, Activity())
        hidden = () if asker(self.context["request"]).can(Capability.MANAGE_DATA) else OF_OTHERS
        return {name: value for name, value in msgspec.to_builtins(told).items() if name not in hidden}


class PauseSerializer(serializers.Serializer[dict[str, Any]]):
    note = serializers.CharField(default="", allow_blank=True, max_length=LONGEST, help_text="The person reads it.")
    take_back = serializers.BooleanField(default=True, help_text="What they hold waits for others at once.")


class HandOverSerializer(serializers.Serializer[dict[str, Any]]):
    to = serializers.PrimaryKeyRelatedField(queryset=User.objects.here(), help_text="Id of a member.")


HANDED = inline_serializer(
    "HandedOver", {"handed_over": serializers.IntegerField(), "taken_back": serializers.IntegerField()}
)
TAKEN = inline_serializer("TakenBack", {"taken_back": serializers.IntegerField()})


@extend_schema_view(
    list=extend_schema(parameters=[CountedSerializer]), retrieve=extend_schema(parameters=[CountedSerializer])
)
class AnnotatorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[User]):
    """Everybody, for those who may manage data; others see their own figures, without agreement."""

    serializer_class = AnnotatorSerializer
    queryset = User.objects.none()

    def get_permissions(self) -> list[BasePermission]:
        reads = self.action in {"list", "retrieve", "metadata", None}
        return [allows(Capability.ANNOTATE if reads else Capability.MANAGE_DATA)()]

    def get_queryset(self) -> QuerySet[User]:
        people = annotators().annotate(paused=pausing.paused_now(), open=queue.held_now())
        if getattr(self, "swagger_fake_view", False) or asker(self.request).can(Capability.MANAGE_DATA):
            return people
        return people.filter(pk=asker(self.request).pk)

    def get_serializer_context(self) -> dict[str, Any]:
        figures = {} if getattr(self, "swagger_fake_view", False) else kept(self.asked())
        return {**super().get_serializer_context(), "figures": figures}

    def asked(self) -> Asked:
        """Raises ValidationError. Of whoever sees nobody else, only their own judgments are counted."""
        given = CountedSerializer(data=self.request.query_params)
        given.is_valid(raise_exception=True)
        sees_all = asker(self.request).can(Capability.MANAGE_DATA)
        ids = {name: row.pk for name in ("collection", "judge") if (row := given.validated_data.get(name))}
        since = given.validated_data.get("since")
        return Asked(since=since, person=None if sees_all else asker(self.request).pk, **ids)

    @extend_schema(request=PauseSerializer, responses=TAKEN)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """They get no new pairs and are told why. 409 where they are paused already and nothing is taken back."""
        said = PauseSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        person = self.get_object()
        is_new, taken = stop(person, asker(request), **said.validated_data)
        if not is_new and not taken:
            raise Conflict(f"{person.username} is paused already.")
        return Response({"taken_back": taken})

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """End the pause. Again, it changes nothing."""
        go_on(self.get_object(), asker(request))
        return Response(status=204)

    @extend_schema(request=None, responses=TAKEN)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """What they hold waits for others at once; a judgment that arrives later counts all the same."""
        return Response({"taken_back": take_pairs_back(self.get_object(), asker(request))})

    @extend_schema(request=HandOverSerializer, responses=HANDED)
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Request, pk: str) -> Response:
        """What they hold is held by another member. Pairs that this one knows already wait for others. 409 where that
        member is paused or not active."""
        asked = HandOverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            given, taken = hand_over(self.get_object(), asked.validated_data["to"], asker(request))
        except HandOverRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response({"handed_over": given, "taken_back": taken})
