"""Recipes: what there is, and starting one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from studio.accounts.access import asker
from studio.accounts.roles import Capability
from studio.http.permissions import allows_reading
from training.api.errors import as_problem
from training.api.runs import RunDetailSerializer
from training.models.runs import LONGEST_NAME
from training.recipes import RECIPES, orchestration
from training.runs.forms import FormInvalid
from training.specs import LARGE


class RecipeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    scales = serializers.ListField(child=serializers.CharField())


class StartSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME, default="", allow_blank=True)
    scale = serializers.CharField(default="")
    seed = serializers.IntegerField(min_value=0, max_value=LARGE - 1, default=0)


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
        if pk not in RECIPES:
            raise NotFound(f"There is no recipe {pk!r}. There are {', '.join(RECIPES)}.")
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            run = orchestration.start(pk, by=asker(request), **asked.validated_data)
        except FormInvalid as error:
            raise as_problem(error) from error
        return Response(RunDetailSerializer(run).data, status=status.HTTP_201_CREATED)


router = SimpleRouter()
router.register("recipes", RecipeViewSet, basename="recipe")
