"""Runs: launch, watch, cancel, resume."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from annotation.datasets.shares import readable
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from studio.http.permissions import allows_reading
from studio.http.problems import Conflict
from training.api.errors import as_problem
from training.models import Checkpoint, Run, RunVersion
from training.models.runs import LONGEST_NAME, called
from training.runs import launching, names, waiting
from training.runs.figures import best_of_n, held_out
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, accepted, launched_by_form, right_to
from training.runs.logs import curves, log_from
from training.runs.sources import sources


class NamedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="__str__")


class RunSerializer(serializers.ModelSerializer[Run]):
    checkpoint = NamedSerializer(read_only=True, allow_null=True)
    requested_by = serializers.CharField(source="requested_by.username", default=None, read_only=True, allow_null=True)
    duration_seconds = serializers.SerializerMethodField()

    def get_duration_seconds(self, run: Run) -> float | None:
        """How long it has worked so far; what it waited is not of it."""
        return run.duration.total_seconds() if run.duration is not None else None

    class Meta:
        model = Run
        fields = [
            "id",
            "kind",
            "name",
            "state",
            "parent",
            "stage",
            "checkpoint",
            "queue",
            "worker",
            "gpu_uuids",
            "attempts",
            "done",
            "total",
            "unit",
            "rate",
            "eta_seconds",
            "seed",
            "requested_by",
            "cancel_requested_at",
            "error",
            "created_at",
            "started_at",
            "ended_at",
            "files_erased_at",
            "duration_seconds",
        ]
        read_only_fields = fields


class RunVersionSerializer(serializers.ModelSerializer[RunVersion]):
    version = NamedSerializer()

    class Meta:
        model = RunVersion
        fields = ["role", "name", "version"]


class IntervalSerializer(serializers.Serializer[Any]):
    """A share in [0, 1] with its 95 % interval and the number of observations."""

    estimate = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class GradeAccuracySerializer(serializers.Serializer[Any]):
    grade = serializers.CharField()
    accuracy = IntervalSerializer()
    by_rule = serializers.FloatField(allow_null=True)


class HeldOutSerializer(serializers.Serializer[Any]):
    """What a trainer measured on `n` rows that it did not learn, with the weights that it kept: those after `step`."""

    n = serializers.IntegerField()
    step = serializers.IntegerField(allow_null=True)
    loss = serializers.FloatField(allow_null=True)
    margin = serializers.FloatField(allow_null=True, help_text="Mean difference of the rewards of a pair.")
    token_accuracy = serializers.FloatField(allow_null=True)
    accuracy = IntervalSerializer(allow_null=True, help_text="How often the chosen response has the higher reward.")
    majority = serializers.FloatField(
        allow_null=True, help_text="What the better of two rules without a model gets right."
    )
    prefers_longer = serializers.BooleanField(help_text="That rule: the longer response, or the shorter one.")
    grades = GradeAccuracySerializer(many=True)


class BestOfSerializer(serializers.Serializer[Any]):
    """The mean best score among `n` responses to a prompt, with its 95 % interval over prompts."""

    n = serializers.IntegerField()
    score = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    prompts = serializers.IntegerField()


class RunSourceSerializer(serializers.Serializer[Any]):
    """An input that comes straight from another run's folder, such as the scores that `keep_best` reads."""

    role = serializers.CharField()
    run = NamedSerializer()
    file = serializers.CharField()


class RunDetailSerializer(RunSerializer):
    """`result` is what the program left, as it wrote it: `counts`, `figures`, `versions` of packages, `files`."""

    held_out = serializers.SerializerMethodField()
    best_of_n = serializers.SerializerMethodField()
    sources = serializers.SerializerMethodField()
    versions = RunVersionSerializer(source="run_versions", many=True)
    children = NamedSerializer(many=True)
    made_checkpoint = NamedSerializer(default=None, allow_null=True)
    waits_for = serializers.SerializerMethodField()

    def get_waits_for(self, run: Run) -> str:
        """What a queued run waits for besides a free worker: GPUs, and who has them. Else empty."""
        return waiting.why(run)

    @extend_schema_field(HeldOutSerializer(allow_null=True))
    def get_held_out(self, run: Run) -> Any:
        """Of a run that trained on a version with a test split; of a reward model by grade too."""
        found = held_out(run.result)
        return HeldOutSerializer(found).data if found else None

    @extend_schema_field(BestOfSerializer(many=True))
    def get_best_of_n(self, run: Run) -> Any:
        """Of a run that kept the best responses, by rising n."""
        return BestOfSerializer(best_of_n(run.result), many=True).data

    @extend_schema_field(RunSourceSerializer(many=True))
    def get_sources(self, run: Run) -> Any:
        return RunSourceSerializer(sources([run]).get(run.pk, []), many=True).data

    class Meta(RunSerializer.Meta):
        fields = [
            *RunSerializer.Meta.fields,
            *("spec", "result", "held_out", "best_of_n", "versions", "sources", "children", "made_checkpoint"),
            "waits_for",
        ]
