"""Judgments: your own to write and take back, everybody's to read for those who may read data."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Assignment, Author, Judgment, Pair, Shown
from annotation.models import Response as Answered
from annotation.review import judgments, shown_order
from annotation.review.shown_order import as_seen
from studio.accounts.access import asker
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.http.permissions import allows
from studio.http.problems import Conflict

UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
GRADES = [(grade, str(grade)) for grade in range(-3, 4)]


class JudgmentSerializer(serializers.ModelSerializer[Judgment]):
    """What somebody said of a pair: `verdict` as they saw it, `grade` of left and right.

    Only those who may read data learn which response is left: a judgment that is taken back may be given anew.
    """

    author_name = serializers.CharField(source="author.name", read_only=True)
    verdict = serializers.SerializerMethodField()
    grade = serializers.IntegerField(required=False, allow_null=True, help_text="Only for those who may read data.")
    shown = serializers.ChoiceField(Shown.choices, required=False, help_text="Only for those who may read data.")

    class Meta:
        model = Judgment
        fields = [
            "id",
            "pair",
            "author",
            "author_name",
            "state",
            "verdict",
            "grade",
            "both_bad",
            "shown",
            "consistent",
            "rationale",
            "seconds",
            "too_fast",
            "client_id",
            "error",
            "created_at",
            "superseded_at",
        ]

    def get_verdict(self, judgment: Judgment) -> int | None:
        return as_seen(judgment.grade, judgment.shown)

    def to_representation(self, judgment: Judgment) -> dict[str, Any]:
        known = super().to_representation(judgment)
        hidden = () if reads_data(self) else ("grade", "shown")
        return {name: value for name, value in known.items() if name not in hidden}


def reads_data(serializer: serializers.BaseSerializer[Any]) -> bool:
    return asker(serializer.context["request"]).can(Capability.READ_DATA)


class RevealedJudgmentSerializer(JudgmentSerializer):
    """The answer to your own judgment, with what was hidden before: lengths, and for readers of data who and what."""

    revealed = serializers.SerializerMethodField()

    class Meta:
        model = Judgment
        fields = [*JudgmentSerializer.Meta.fields, "revealed"]

    def get_revealed(self, judgment: Judgment) -> dict[str, Any]:
        pair, reads = judgment.pair, reads_data(self)
        first, second = (pair.left, pair.right) if was_left_first(judgment) else (pair.right, pair.left)
        return {
            "first": side(first, reads),
            "second": side(second, reads),
            "others": others(judgment) if reads else [],
        }


def was_left_first(judgment: Judgment) -> bool:
    return judgment.shown == Shown.LEFT_FIRST


def others(judgment: Judgment) -> list[dict[str, Any]]:
    """What everybody else says of the pair, in the order in which this author saw it."""
    said = Judgment.objects.filter(pair=judgment.pair, superseded_at=None).exclude(author=judgment.author)
    verdict = F("grade") if was_left_first(judgment) else -F("grade")
    return [dict(row) for row in said.order_by("pk").values(name=F("author__name"), verdict=verdict)]


def side(response: Answered, reads: bool) -> dict[str, Any]:
    return {"length": response.length} | ({"author": response.author.name} if reads else {})


class NewJudgmentSerializer(serializers.Serializer[dict[str, Any]]):
    """A verdict of the person who sends it. The same `client_id` again gives the judgment that it made."""

    pair = serializers.PrimaryKeyRelatedField(queryset=Pair.every.select_related("left__author", "right__author"))
    token = serializers.CharField(max_length=400, help_text="As it came with the pair.")
    verdict = serializers.IntegerField(
        min_value=-3,
        max_value=3,
        required=False,
        help_text="Of the pair as it was shown: −3: the first is much better … 0: tie … 3: the second is much better.",
    )
    both_bad = serializers.BooleanField(default=False)
    rationale = serializers.CharField(default="", allow_blank=True, max_length=20_000)
    seconds = serializers.FloatField(min_value=0, required=False, allow_null=True)
    client_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The verdict on first and second becomes a grade of left and right."""
        try:
            order = shown_order.order_in(attrs.pop("token"), attrs["pair"], asker(self.context["request"]))
        except shown_order.TokenInvalid as error:
            raise serializers.ValidationError({"token": str(error)}) from error
        verdict = attrs.pop("verdict", None)
        if verdict is None and not attrs["both_bad"]:
            raise serializers.ValidationError({"verdict": "Give a whole number from -3 to 3, or say both_bad."})
        if verdict and attrs["both_bad"]:
            raise serializers.ValidationError({"verdict": "Both bad is a tie: leave the verdict out, or give 0."})
        return attrs | {"grade": as_seen(verdict, order), "shown": order}


class JudgmentFilters(filters.FilterSet):
    author_kind = filters.ChoiceFilter("author__kind", choices=Author.Kind.choices)
    collection = filters.CharFilter("pair__collection__slug")
    current = filters.BooleanFilter("superseded_at", "isnull", label="Not superseded.")
    grade = filters.TypedChoiceFilter(
        method="graded", coerce=int, choices=GRADES, label="Only for those who may read data."
    )

    class Meta:
        model = Judgment
        fields = ["pair", "author", "state", "too_fast"]

    def graded(self, rows: QuerySet[Judgment], name: str, grade: int) -> QuerySet[Judgment]:
        """Whoever asked for the grade of a judgment of theirs would learn which response is left."""
        if self.request is None or not asker(self.request).can(Capability.READ_DATA):
            raise serializers.ValidationError({name: "Only those who may read data can filter by grade."})
        return rows.filter(grade=grade)


class JudgmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Judgment]):
    permission_classes = [allows(Capability.ANNOTATE)]
    serializer_class = JudgmentSerializer
    filterset_class = JudgmentFilters
    queryset = Judgment.objects.none()
    lookup_value_regex = f"[0-9]+|{UUID}"

    def get_queryset(self) -> QuerySet[Judgment]:
        rows = Judgment.objects.select_related("author")
        if getattr(self, "swagger_fake_view", False) or asker(self.request).can(Capability.READ_DATA):
            return rows
        return rows.filter(author__user=asker(self.request))

    @extend_schema(request=NewJudgmentSerializer, responses={201: RevealedJudgmentSerializer})
    def create(self, request: Request) -> Response:
        said = NewJudgmentSerializer(data=request.data, context=self.get_serializer_context())
        said.is_valid(raise_exception=True)
        pair = said.validated_data.pop("pair")
        user = asker(request)
        may_judge(user, pair)
        try:
            judgment = judgments.record(pair, Author.of(user), **said.validated_data)
        except judgments.JudgmentInvalid as error:
            field, _, message = str(error).partition(": ")
            raise serializers.ValidationError({field: message}) from error
        answer = RevealedJudgmentSerializer(judgment, context=self.get_serializer_context())
        return Response(answer.data, status=201)

    @extend_schema(request=None, responses=JudgmentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take back a judgment of yours; what it superseded is current again. Again, it changes nothing."""
        judgment = self.get_object()
        if judgment.author.user_id != asker(request).pk:
            raise PermissionDenied("Only whoever gave a judgment takes it back.")
        try:
            judgments.withdraw(judgment)
        except judgments.JudgmentInvalid as error:
            if not judgment.details.get("withdrawn"):
                raise Conflict(str(error)) from error
        judgment.refresh_from_db()
        return Response(self.get_serializer(judgment).data)

    def get_object(self) -> Judgment:
        """Named by its id or by the `client_id` that made it."""
        named = Q(client_id=self.kwargs["pk"]) if "-" in self.kwargs["pk"] else Q(pk=self.kwargs["pk"])
        found = get_object_or_404(self.get_queryset(), named)
        self.check_object_permissions(self.request, found)
        return found


def may_judge(user: User, pair: Pair) -> None:
    """Annotators judge what is in the queue. The lease may have run out meanwhile: their work counts all the same."""
    if not user.can(Capability.READ_DATA) and not Assignment.objects.filter(pair=pair).exists():
        raise PermissionDenied("This pair is not in the review queue.")
