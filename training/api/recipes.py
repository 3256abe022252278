"""Recipes: what there is, as files too, and starting one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from annotation.datasets.shares import readable
from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from studio.http.permissions import allows_reading
from training.api.errors import OUTSIDE, as_problem
from training.api.runs import LaunchSerializer, NamedSerializer, RunDetailSerializer
from training.models import Run
from training.models.runs import LONGEST_NAME
from training.recipes import RECIPES, again, built, files, orchestration
from training.recipes.comparison import compared
from training.recipes.files import FileInvalid
from training.recipes.plans.plan import planned_for
from training.recipes.rehearsals import starting
from training.recipes.rehearsals.cost import cost_for
from training.recipes.stages import Recipe
from training.runs.forms import FormInvalid
from training.runs.kinds import right_to
from training.specs import LARGE


class RecipeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    scales = serializers.ListField(child=serializers.CharField())


class GivenSerializer(serializers.Serializer[Any]):
    """What the recipe needs: checkpoints and judges are given, versions are inputs."""

    name = serializers.CharField(max_length=LONGEST_NAME, default="", allow_blank=True)
    given = serializers.DictField(
        default=dict, help_text="By need: id or name of a checkpoint, or the name of a judge."
    )
    inputs = serializers.DictField(
        child=serializers.PrimaryKeyRelatedField(queryset=readable()), default=dict, help_text="By need: a version."
    )
    priority = serializers.ChoiceField(
        choices=Run.Priority.choices,
        default=Run.Priority.NORMAL,
        help_text="Of its stages. Only an admin may set high.",
    )


REHEARSES = "Rehearse it: a few rows through every stage, of which nothing is kept. The answer is the rehearsal's run."


class StartSerializer(GivenSerializer):
    scale = serializers.CharField(default="")
    seed = serializers.IntegerField(min_value=0, max_value=LARGE - 1, default=0)
    options = serializers.DictField(default=dict, help_text="Such as `rounds` and `controls` of xwin.")
    rehearse = serializers.BooleanField(default=False, help_text=REHEARSES)


class StartFileSerializer(GivenSerializer):
    file = serializers.CharField(max_length=files.MOST_CHARACTERS, help_text="The recipe, as YAML or JSON.")
    rehearse = serializers.BooleanField(default=False, help_text=REHEARSES)


class FileSerializer(serializers.Serializer[Any]):
    file = serializers.CharField(help_text="The whole recipe as YAML: to be reviewed, changed and started.")


class PlannedStageSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    reads = serializers.FloatField(allow_null=True, help_text="Rows.")
    makes = serializers.FloatField(allow_null=True, help_text="Rows.")
    tokens = serializers.FloatField(allow_null=True, help_text="Over all passes.")
    questions = serializers.FloatField(allow_null=True, help_text="To the judge.")
    dollars = serializers.FloatField(allow_null=True, help_text="US dollars; null where no price is known.")
    gpus = serializers.IntegerField()
    gpu_hours = serializers.FloatField(allow_null=True, help_text="Of one GPU, all GPUs added up.")
    gpu_memory = serializers.FloatField(allow_null=True, help_text="Bytes on each GPU.")
    disk = serializers.FloatField(allow_null=True, help_text="Bytes.")


class RehearsalCostSerializer(serializers.Serializer[Any]):
    """What a rehearsal asks of judges."""

    questions = serializers.IntegerField()
    dollars = serializers.FloatField(allow_null=True, help_text="US dollars; null where a judge names no price.")


class PlanSerializer(serializers.Serializer[Any]):
    rehearsal = RehearsalCostSerializer()
    stages = PlannedStageSerializer(many=True)
    rests_on = serializers.ListField(child=serializers.CharField(), help_text="Where the figures come from.")


class AgainSerializer(serializers.Serializer[Any]):
    settings = serializers.DictField(default=dict, help_text="What is to be otherwise; all else is as the run had it.")
    downstream = serializers.BooleanField(
        default=False, help_text="Run what follows again too. Otherwise it stays as it is, and is stale."
    )


class StaleStageSerializer(serializers.Serializer[Any]):
    """A stage that was made with what was made anew since."""

    stage = serializers.CharField(source="run.stage")
    run = NamedSerializer()
    why = serializers.CharField()


class FigureSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    unit = serializers.ChoiceField(choices=["number", "share", "count", "hours"])


class ComparedSideSerializer(serializers.Serializer[Any]):
    run = NamedSerializer(allow_null=True)
    state = serializers.CharField(source="run.state", default=None, allow_null=True)
    stale = serializers.CharField(help_text="Why it is stale; empty where it is not.")
    figures = FigureSerializer(many=True)


class DifferingSettingSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    first = serializers.JSONField(allow_null=True)
    second = serializers.JSONField(allow_null=True)


class ComparedStageSerializer(serializers.Serializer[Any]):
    """`first` and `second` are null where that recipe has no such stage; their `run` where it was not launched."""

    name = serializers.CharField()
    kind = serializers.CharField()
    first = ComparedSideSerializer(allow_null=True)
    second = ComparedSideSerializer(allow_null=True)
    differing = DifferingSettingSerializer(many=True)


SIDES = [
    OpenApiParameter(name, int, required=True, description="Id of a recipe's run.") for name in ("first", "second")
]
SCALE = OpenApiParameter("scale", str, description="The recipe's first where none is named.")


class RecipeViewSet(viewsets.ViewSet):
    permission_classes = [allows_reading(Capability.READ_DATA, Capability.TRAIN)]
    lookup_value_regex = "[a-z0-9_]+"

    @extend_schema(responses=RecipeSerializer(many=True))
    def list(self, request: Request) -> Response:
        return Response(RecipeSerializer(RECIPES.values(), many=True).data)

    @extend_schema(request=StartSerializer, responses={201: RunDetailSerializer})
    @action(detail=True, methods=["post"])
    def runs(self, request: Request, pk: str) -> Response:
        """Start the recipe. Follow it at `/runs/ID/`; its stages are its `children`."""
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        chosen = {name: asked.validated_data[name] for name in ("scale", "seed", "options", "given")}
        return started({"recipe": known(pk).name, **chosen}, asked.validated_data, request)

    @extend_schema(request=StartSerializer, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """What each stage would take, before anything starts. What is not given yet is left open."""
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        chosen = {name: asked.validated_data[name] for name in ("scale", "seed", "options", "given")}
        try:
            settings = {"recipe": known(pk).name, **chosen}
            made = planned_for(settings, asked.validated_data["inputs"])
            rehearsal = cost_for(settings, asked.validated_data["inputs"])
        except FormInvalid as error:
            raise ValidationError({field: [problem] for field, problem in error.errors.items()}) from error
        told = {"stages": made.stages, "rests_on": made.rests_on, "rehearsal": rehearsal}
        return Response(PlanSerializer(told).data)

    @extend_schema(request=StartFileSerializer, responses={201: RunDetailSerializer})
    @action(detail=False, methods=["post"], url_path="from-file")
    def from_file(self, request: Request) -> Response:
        """Start the recipe that a file describes."""
        asked = StartFileSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            file = msgspec.to_builtins(files.read(asked.validated_data["file"]))
        except FileInvalid as error:
            raise ValidationError({"file": str(error)}) from error
        return started({"file": file, "given": asked.validated_data["given"]}, asked.validated_data, request)

    @extend_schema(request=AgainSerializer, responses={201: RunDetailSerializer})
    @action(detail=False, methods=["post"], url_path=r"stages/(?P<run>[0-9]+)/again")
    def again(self, request: Request, run: str) -> Response:
        """Run a stage of a recipe again, named by its run. The run and what it made stay; the recipe goes on."""
        asked = AgainSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = run_of(run, Run.objects.select_related("parent").exclude(parent=None))
        if not asker(request).can(right_to(found.kind)):
            raise PermissionDenied(f"Only those who may {right_to(found.kind)} run this stage again.")
        try:
            made = again.again(found, **asked.validated_data, by=asker(request))
        except FormInvalid as error:
            raise as_problem(error, (*OUTSIDE, "run", "downstream")) from error
        return Response(RunDetailSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: RunDetailSerializer})
    @action(detail=False, methods=["post"], url_path=r"rehearsals/(?P<run>[0-9]+)/start")
    def start_rehearsed(self, request: Request, run: str) -> Response:
        """Start for real what a rehearsal's run has rehearsed."""
        rehearsal = run_of(run, Run.objects.filter(kind=Run.Kind.REHEARSAL))
        try:
            made = starting.start(rehearsal, asker(request))
        except FormInvalid as error:
            raise as_problem(error) from error
        return Response(RunDetailSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=LaunchSerializer, responses={201: RunDetailSerializer})
    @action(detail=False, methods=["post"], url_path="first-steps")
    def first_steps(self, request: Request) -> Response:
        """Ten steps of a training with these settings on its longest rows, before its launch. Nothing of it is kept.

        The result of the rehearsal's run has peak memory, seconds a step, and what all of it would take.
        """
        asked = LaunchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        loaded = {name: given[name] for name in ("checkpoint", "inputs", "loads", "reference")}
        try:
            run = starting.first_steps(given["kind"], given["settings"], **loaded, by=asker(request))
        except FormInvalid as error:
            raise as_problem(error) from error
        return Response(RunDetailSerializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=SIDES, responses=ComparedStageSerializer(many=True))
    @action(detail=False, methods=["get"])
    def compare(self, request: Request) -> Response:
        """Two runs of recipes, stage by stage: states, main figures with intervals, and settings that differ."""
        whole = Run.objects.filter(kind=Run.Kind.RECIPE, spec__has_key="recipe")
        first, second = (run_of(request.query_params.get(one.name, ""), whole) for one in SIDES)
        return Response(ComparedStageSerializer(compared(first, second), many=True).data)

    @extend_schema(responses=StaleStageSerializer(many=True))
    @action(detail=False, methods=["get"], url_path=r"runs/(?P<run>[0-9]+)/stale")
    def stale(self, request: Request, run: str) -> Response:
        """The stale stages of a recipe's run, in their order, each with why."""
        found = again.stale_in(run_of(run, Run.objects.filter(kind=Run.Kind.RECIPE)))
        return Response(StaleStageSerializer(found.values(), many=True).data)

    @extend_schema(parameters=[SCALE], responses=FileSerializer)
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> Response:
        """The recipe as a file."""
        settings = {"recipe": known(pk).name, "scale": request.query_params.get("scale", "")}
        try:
            return Response({"file": files.written(built(settings))})
        except FormInvalid as error:
            raise ValidationError({field: [problem] for field, problem in error.errors.items()}) from error


def known(name: str) -> Recipe:
    if name not in RECIPES:
        raise NotFound(f"There is no recipe {name!r}. There are {', '.join(RECIPES)}.")
    return RECIPES[name]


def run_of(pk: str, among: QuerySet[Run]) -> Run:
    number = row_id(pk)
    found = None if number is None else among.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no such run {pk} of a recipe here.")
    return found


def started(settings: dict[str, Any], asked: Mapping[str, Any], request: Request) -> Response:
    begin = starting.rehearse if asked["rehearse"] else orchestration.start
    try:
        told = {name: asked[name] for name in ("inputs", "name", "priority")}
        run = begin(settings, **told, by=asker(request))
    except FormInvalid as error:
        raise ValidationError({field: [problem] for field, problem in error.errors.items()}) from error
    return Response(RunDetailSerializer(run).data, status=status.HTTP_201_CREATED)


router = SimpleRouter()
router.register("recipes", RecipeViewSet, basename="recipe")
