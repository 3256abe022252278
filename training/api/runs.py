"""Runs: launch, watch, cancel, resume."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import django_filters
import msgspec
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
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
from studio.http.problems import Conflict, Unavailable
from training.api.errors import as_problem
from training.api.measured import BestOfSerializer, HeldOutSerializer
from training.api.program_output import CURVE, LogSerializer, ShownPromptSerializer
from training.checkpoints.model_server import ModelServerError
from training.models import Checkpoint, Run, RunCheckpoint, RunVersion
from training.models.runs import LONGEST_NAME, called
from training.runs import launching, names, previews, priorities, waiting
from training.runs.figures import best_of_n, held_out
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, accepted, launched_by_form, right_to
from training.runs.logs import curves, log_from
from training.runs.shown_answers import shown_answers
from training.runs.sources import loaded, sources


class NamedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="__str__")


class RunSerializer(serializers.ModelSerializer[Run]):
    checkpoint = NamedSerializer(read_only=True, allow_null=True)
    reference = NamedSerializer(read_only=True, allow_null=True)
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
            "superseded_at",
            "checkpoint",
            "reference",
            "queue",
            "priority",
            "waiting_since",
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


class RunCheckpointSerializer(serializers.ModelSerializer[RunCheckpoint]):
    checkpoint = NamedSerializer()

    class Meta:
        model = RunCheckpoint
        fields = ["role", "place", "checkpoint"]


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
    loads = serializers.SerializerMethodField()
    children = NamedSerializer(many=True)
    made_checkpoint = NamedSerializer(default=None, allow_null=True)
    waits_for = serializers.SerializerMethodField()

    @extend_schema_field(RunCheckpointSerializer(many=True))
    def get_loads(self, run: Run) -> Any:
        """Checkpoints beside the one that it starts from."""
        return RunCheckpointSerializer(loaded(run), many=True).data

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
            *("spec", "result", "held_out", "best_of_n", "versions", "loads", "sources", "children"),
            *("made_checkpoint", "waits_for"),
        ]
        read_only_fields = fields


class LaunchSerializer(serializers.Serializer[Any]):
    """What to launch. `settings` has the fields that `runs/kinds/` names; `inputs` gives versions by role."""

    kind = serializers.ChoiceField(choices=launched_by_form())
    name = serializers.CharField(
        max_length=LONGEST_NAME,
        default="",
        allow_blank=True,
        help_text="Empty: named by what it does. A checkpoint or a version that it makes is called so too.",
    )
    settings = serializers.DictField(default=dict)
    # Also one that is shared no more: launching says so in words.
    checkpoint = serializers.PrimaryKeyRelatedField(queryset=Checkpoint.objects.all(), default=None, allow_null=True)
    reference = serializers.PrimaryKeyRelatedField(
        queryset=Checkpoint.objects.all(),
        default=None,
        allow_null=True,
        help_text="DPO only: what it is held against. Empty: the checkpoint that it starts from.",
    )
    loads = serializers.DictField(
        child=serializers.ListField(child=serializers.PrimaryKeyRelatedField(queryset=Checkpoint.objects.all())),
        default=dict,
        help_text="Checkpoints that it loads besides, by role, such as several `reward_models`.",
    )
    inputs = serializers.DictField(
        child=serializers.PrimaryKeyRelatedField(queryset=readable()),
        default=dict,
        help_text="Training reads versions that are shared with the project too.",
    )
    priority = serializers.ChoiceField(
        choices=Run.Priority.choices, default=Run.Priority.NORMAL, help_text="Only an admin may set high."
    )


class ChangeSerializer(serializers.Serializer[Any]):
    """Another name, another priority, or both."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    priority = serializers.ChoiceField(
        choices=Run.Priority.choices, required=False, help_text="Of a run that waits, or a recipe that is open."
    )


class ResumeSerializer(serializers.Serializer[Any]):
    """A run that asks a judge may go on with another budget."""

    budget = serializers.FloatField(
        required=False, min_value=0, help_text="US dollars at most over all its attempts; 0 is no limit."
    )


class RunFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="said", label="A part of its name, or its number.")
    top = django_filters.BooleanFilter("parent", "isnull", label="Only runs that are no stage of a recipe.")
    version = django_filters.NumberFilter("run_versions__version", distinct=True, label="Read or made this version.")

    class Meta:
        model = Run
        fields = ["name", "kind", "state", "queue", "priority", "parent", "checkpoint", "requested_by"]

    def said(self, runs: QuerySet[Run], _: str, words: str) -> QuerySet[Run]:
        return runs.filter(called(words))


class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Run]):
    permission_classes = [allows_reading(Capability.READ_DATA, Capability.RUN_JUDGES)]
    filterset_class = RunFilter
    queryset = Run.objects.select_related("checkpoint", "reference", "requested_by")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return RunSerializer if self.action == "list" else RunDetailSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = super().get_queryset()
        if self.action == "list":
            return runs
        return runs.select_related("made_checkpoint").prefetch_related("run_versions__version", "children")

    @extend_schema(request=LaunchSerializer, responses={201: RunDetailSerializer})
    def create(self, request: Request) -> Response:
        """Launch a run. Errors name their field: `settings.epochs`, `inputs.train`, `checkpoint`."""
        asked = LaunchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.must_be_allowed(asked.validated_data["kind"])
        try:
            run = launching.launch(**asked.validated_data, by=asker(request))
        except FormInvalid as error:
            raise as_problem(error) from error
        return Response(self.described(run), status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeSerializer, responses=RunDetailSerializer)
    @transaction.atomic
    def partial_update(self, request: Request, pk: str) -> Response:
        """Another name: what the run made already keeps its own. Another priority: 409 where it waits no more."""
        asked = ChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run, given = self.get_object(), asked.validated_data
        self.must_be_allowed(run.kind)
        try:
            if "name" in given:
                names.rename(run, given["name"])
            if "priority" in given and not priorities.change(run, given["priority"], asker(request)):
                raise Conflict("Only a run that waits, or a recipe that is open, has a priority to change.")
        except FormInvalid as error:
            raise as_problem(error) from error
        return Response(self.described(run))

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """A queued run is cancelled at once; a running one saves a checkpoint first. 409 where it has ended."""
        return self.moved(launching.cancel, "It has ended, or was asked to stop already.")

    @extend_schema(request=ResumeSerializer, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """A failed, lost or cancelled run continues from its newest checkpoint. 409 for any other.

        400 where its judge cannot be asked, as when an endpoint or its key is gone.
        """
        asked = ResumeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        otherwise = "Only a failed, lost or cancelled run can be resumed."
        try:
            return self.moved(lambda run: launching.resume(run, asked.validated_data.get("budget")), otherwise)
        except FormInvalid as error:
            raise as_problem(error) from error

    @extend_schema(
        parameters=[OpenApiParameter("since", int, description="The last step you have.")],
        responses={200: {"type": "object", "additionalProperties": CURVE}},
    )
    @action(detail=True)
    def metrics(self, request: Request, pk: str) -> Response:
        """Every metric as two columns from step `since` on, that step included."""
        return Response(curves(self.get_object(), whole_number(request, "since") or 0))

    @extend_schema(parameters=[OpenApiParameter("offset", int)], responses=LogSerializer)
    @action(detail=True)
    def log(self, request: Request, pk: str) -> Response:
        """The log from byte `offset` on, 64 KiB at most; without it the end. Ask on with `next`."""
        return Response(log_from(self.get_object(), whole_number(request, "offset")))

    @extend_schema(responses=ShownPromptSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def samples(self, request: Request, pk: str) -> Response:
        """The answers to some prompts as they changed, of a run that was asked for them. Of others empty."""
        return Response(ShownPromptSerializer(shown_answers(self.get_object()), many=True).data)

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    @action(detail=False, pagination_class=None, filterset_class=None)
    def kinds(self, request: Request) -> Response:
        """What can be launched, with the typed form of each kind."""
        return Response([kind_form(kind) for kind in launched_by_form()])

    @extend_schema(request=LaunchSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def preview(self, request: Request) -> Response:
        """What a training run would learn of its first rows, token by token. Nothing is launched.

        Each token is `[text, state, is_control]`; a state is learnt, masked, cut or scored. 503 where the model
        server does not answer.
        """
        asked = LaunchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        self.must_be_allowed(given["kind"])
        try:
            found = previews.preview(given["kind"], given["settings"], given["checkpoint"], given["inputs"])
        except FormInvalid as error:
            raise as_problem(error) from error
        except ModelServerError as error:
            raise Unavailable(str(error)) from error
        return Response(msgspec.to_builtins(found))

    def must_be_allowed(self, kind: str) -> None:
        right = right_to(kind)
        if not asker(self.request).can(right):
            raise PermissionDenied(f"This needs the right to {right}. Ask an admin for the role.")

    def moved(self, lever: Callable[[Run], bool], otherwise: str) -> Response:
        run = self.get_object()
        self.must_be_allowed(run.kind)
        if not lever(run):
            raise Conflict(otherwise)
        return Response(self.described(run))

    def described(self, run: Run) -> Any:
        return RunDetailSerializer(self.get_queryset().get(pk=run.pk)).data


def kind_form(kind: str) -> dict[str, Any]:
    """`starts_from` are kinds of checkpoints, and `loads` those whose ids a setting lists.

    `inputs` and `optional` are the kinds of versions that a role can read.
    """
    known = KINDS[kind]
    return {
        "kind": kind,
        "label": known.label,
        "starts_from": known.bases,
        "refers_to": known.refers_to,
        "loads": known.loads,
        "makes": known.makes,
        "inputs": {role: accepted(wanted) for role, wanted in known.inputs.items()},
        "optional": {role: accepted(wanted) for role, wanted in known.optional.items()},
        "fields": [asdict(field) for field in launching.fields(kind)],
    }


def whole_number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name)
    if given is None:
        return None
    number = row_id(given)
    if number is None:
        raise serializers.ValidationError({name: "Write a whole number of at least 0."})
    return number


router = SimpleRouter()
router.register("runs", RunViewSet, basename="run")
