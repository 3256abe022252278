"""Before a judge is asked: what it will take, and a few pairs tried with everything shown."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.access import ReadsData
from annotation.api.judge_calls import JudgeCallSerializer
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.runs import over_pairs
from annotation.judges.runs.forecasts import forecast
from annotation.judges.runs.trial import Trial, TriedPair, TriedQuestion, try_out
from annotation.models import Collection, Pair, ProjectDefaults
from studio.accounts.roles import Capability
from studio.http.permissions import allows


def default_judge() -> str:
    return ProjectDefaults.here().judge


class JudgingSerializer(serializers.Serializer[Any]):
    """A judge by name, and the pairs that it is to judge."""

    judge = serializers.CharField(default=default_judge, help_text="By default that of the project.")
    collection = serializers.SlugRelatedField(slug_field="slug", queryset=Collection.objects.all())
    # A field, of the same name as an attribute that every serializer has.
    source = serializers.CharField(default="", allow_blank=True)  # type: ignore[assignment]

    def validate_judge(self, name: str) -> Judge:
        if not name:
            raise serializers.ValidationError("Name a judge: the project has no default.")
        try:
            return registry.ready(name)
        except JudgeInvalid as error:
            raise serializers.ValidationError(str(error)) from error


def asked(data: Any) -> tuple[Judge, QuerySet[Pair], int]:
    """The judge, the pairs that it is to judge, and how many more are flagged."""
    given = JudgingSerializer(data=data)
    given.is_valid(raise_exception=True)
    said = given.validated_data
    chosen = said["collection"].slug, said["source"]
    return said["judge"], over_pairs.pairs_of(*chosen), over_pairs.flagged_of(*chosen)


class ForecastView(APIView):
    permission_classes = [ReadsData]

    @extend_schema(parameters=[JudgingSerializer], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Calls, tokens, US dollars and seconds, with what each rests on, for pairs that wait and are not flagged."""
        judge, pairs, flagged = asked(request.query_params)
        return Response(forecast(judge, pairs).plain() | {"flagged": flagged})


class TrialView(APIView):
    permission_classes = [allows(Capability.RUN_JUDGES)]

    @extend_schema(request=JudgingSerializer, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Ask a judge about five pairs and show everything. Nothing is judged; the answers are kept and paid for."""
        judge, pairs, _ = asked(request.data)
        return Response(shown(try_out(judge, pairs)))


def shown(trial: Trial) -> dict[str, Any]:
    tried = [of_pair(one) for one in trial.tried]
    return {"pairs": tried, "stopped": trial.stopped, "price": sum(one.price for one in trial.tried)}


def of_pair(one: TriedPair) -> dict[str, Any]:
    verdict = one.verdict
    said = ("grade", "preference", "consistent", "rationale", "error", "details")
    return {
        "pair": one.pair.pk,
        "price": one.price,
        "asked": [of_question(asked) for asked in one.asked],
        "verdict": {name: getattr(verdict, name) for name in said} if verdict else None,
    }


def of_question(asked: TriedQuestion) -> dict[str, Any]:
    sent = {"shown": asked.question.shown, "sample": asked.question.sample, "messages": asked.question.messages}
    return sent | {"answer": JudgeCallSerializer(asked.call).data if asked.call else None}
