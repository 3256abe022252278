"""The review queue: the next pairs for whoever asks, and what they say instead of judging."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.flags import LONGEST
from annotation.api.pairs import PairFilters
from annotation.limits import MOST
from annotation.models import Assignment, Collection, Pair, Remark, Shown
from annotation.models.flags import where_flagged
from annotation.models.pairs import PairQuerySet
from annotation.pair_filters import among
from annotation.review import flagging, pausing, queue, shown_order
from studio.accounts.access import asker
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict

AT_ONCE = 50


class SlotSerializer(serializers.ModelSerializer[Assignment]):
    """A pair as this annotator is to see it, without who wrote what.

    `token` goes back with the verdict: the studio reads from it which response was first. Nobody else can.
    """

    collection = serializers.SlugRelatedField[Assignment]("slug", source="pair.collection", read_only=True)
    messages = serializers.JSONField(source="pair.prompt.messages", read_only=True)
    token = serializers.SerializerMethodField()
    first = serializers.SerializerMethodField()
    second = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = ["id", "pair", "collection", "messages", "token", "first", "second", "leased_until"]

    def get_token(self, slot: Assignment) -> str:
        return shown_order.token(slot.pair, self.context["request"].user, self.order(slot))

    def get_first(self, slot: Assignment) -> str:
        return (slot.pair.left if self.order(slot) == Shown.LEFT_FIRST else slot.pair.right).text

    def get_second(self, slot: Assignment) -> str:
        return (slot.pair.right if self.order(slot) == Shown.LEFT_FIRST else slot.pair.left).text

    def order(self, slot: Assignment) -> Shown:
        return shown_order.order_for(slot.pair, self.context["request"].user)


class NextSerializer(serializers.Serializer[dict[str, Any]]):
    collection = serializers.SlugRelatedField(
        "slug", queryset=Collection.objects.all(), required=False, help_text="Only pairs of this collection."
    )
    count = serializers.IntegerField(min_value=1, max_value=AT_ONCE, default=1)


class ReasonSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST)


class FlagReasonSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=LONGEST, help_text="What is wrong with the pair.")


class AssignmentViewSet(viewsets.GenericViewSet[Assignment]):
    """Each person sees and moves the slots that they hold, and no others."""

    permission_classes = [allows(Capability.ANNOTATE)]
    serializer_class = SlotSerializer
    queryset = Assignment.objects.none()

    def get_queryset(self) -> QuerySet[Assignment]:
        """Slots that are mine, and those of pairs that I skipped: an answer that was lost may be asked for again."""
        user = self.request.user.pk
        skipped = Remark.objects.filter(pair=OuterRef("pair"), author__user=user)
        return queue.readable().filter(Q(annotator=user) | Exists(skipped))

    @extend_schema(request=NextSerializer, responses=SlotSerializer(many=True))
    @action(detail=False, methods=["post"], url_path="next", pagination_class=None)
    def next(self, request: Request) -> Response:
        """Lease up to `count` pairs; those already held come first, their leases prolonged.

        Whoever is paused by a lead gets those that they hold, and 403 with the reason where they hold none.
        """
        asked = NextSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        held = queue.next_slots(asker(request), asked.validated_data["count"], asked.validated_data.get("collection"))
        if not held and (pause := pausing.current(asker(request).pk)):
            raise PermissionDenied(pausing.words(pause))
        return Response(self.get_serializer(held, many=True).data)

    @extend_schema(request=ReasonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: str) -> Response:
        """Leave the pair to others; it is not offered to you again."""
        return self.say(request, ReasonSerializer, queue.skip)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def unskip(self, request: Request, pk: str) -> Response:
        """Take a skip back: the pair is yours again, if nobody else has it by now."""
        slot = self.get_object()
        if pause := pausing.current(asker(request).pk):
            raise PermissionDenied(pausing.words(pause))
        queue.unskip(asker(request), slot.pair)
        if not queue.take(asker(request), slot):
            raise Conflict("Somebody else has this pair by now.")
        return Response(status=204)

    @extend_schema(request=FlagReasonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def flag(self, request: Request, pk: str) -> Response:
        """Tell the lead that something is wrong with the pair. You keep it; `/flags/` says what became of it."""
        return self.say(request, FlagReasonSerializer, flagging.flag)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Give the pair back for others; it may be offered to you again."""
        queue.release(asker(request), [self.get_object().pk])
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        """Keep the pair for another while."""
        queue.renew(asker(request), [self.get_object().pk])
        return Response(status=204)

    @extend_schema(
        responses=inline_serializer(
            "Progress", dict.fromkeys(("total", "done", "mine", "today", "remaining"), serializers.IntegerField())
        )
    )
    @action(detail=False)
    def progress(self, request: Request) -> Response:
        """Slots of the whole queue or of one `collection`: all, done, done by you, and today; pairs that remain."""
        slug = request.query_params.get("collection")
        collection = get_object_or_404(Collection, slug=slug) if slug else None
        return Response(vars(queue.progress(asker(request), collection)))

    def say(
        self,
        request: Request,
        form: type[serializers.Serializer[dict[str, Any]]],
        act: Callable[[User, Pair, str], object],
    ) -> Response:
        said = form(data=request.data)
        said.is_valid(raise_exception=True)
        act(asker(request), self.get_object().pair, said.validated_data["reason"])
        return Response(status=204)


class WantedSerializer(serializers.Serializer[dict[str, Any]]):
    """How many judgments of each pair, by default as many as its collection wants; `limit` takes new pairs only."""

    overlap = serializers.IntegerField(min_value=1, max_value=100, required=False, allow_null=True, default=None)
    priority = serializers.FloatField(default=0.0)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, required=False, allow_null=True, default=None)


class PairsAssignView(GenericAPIView[Any]):
    """Send the pairs that the filters of `/pairs/` leave to review.

    Pairs with an open or excluded flag are not sent; `flagged` counts them.
    """

    queryset: PairQuerySet = Pair.every.all()
    serializer_class = WantedSerializer
    filterset_class = PairFilters
    permission_classes = [allows(Capability.MANAGE_DATA)]

    @extend_schema(
        responses=inline_serializer(
            "Opened", {"opened": serializers.IntegerField(), "flagged": serializers.IntegerField()}
        )
    )
    def post(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        found = self.filter_queryset(among(request.query_params))
        pairs, flagged = where_flagged(found, "kept"), where_flagged(found, "left_out").count()
        if wanted["limit"]:
            pairs = queue.unassigned(pairs, wanted["limit"])
        opened = queue.open_slots(pairs, wanted["overlap"], wanted["priority"])
        return Response({"opened": opened, "flagged": flagged})
