"""REST endpoints of projects: those that somebody may enter, wherever they are asked for."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.validators import UniqueValidator

from studio.accounts.access import asker
from studio.accounts.acts import projects
from studio.accounts.models import ApiToken, Membership
from studio.accounts.roles import Role
from studio.http.permissions import SignedIn
from studio.http.problems import Conflict
from studio.projects import addresses
from studio.projects.erasing import EraseRefused
from studio.projects.models import Project


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """`role` is yours there; null for an admin who is no member."""

    slug = serializers.SlugField(
        max_length=50,
        validators=[UniqueValidator(Project.objects.all(), "A project has this slug already. Choose another.")],
    )
    role = serializers.ChoiceField(Role.of_members(), read_only=True, allow_null=True, source="my_role", default=None)

    class Meta:
        model = Project
        fields = ["slug", "name", "description", "role", "created_at", "archived_at"]
        read_only_fields = ["archived_at"]

    def validate_slug(self, slug: str) -> str:
        if slug in addresses.RESERVED:
            raise serializers.ValidationError("This is the address of another page. Choose another slug.")
        if self.instance and slug != self.instance.slug:
            raise serializers.ValidationError("A project keeps its slug: it stands in the address of every page.")
        return slug


class DeletedSerializer(serializers.Serializer[dict[str, Any]]):
    confirm = serializers.CharField(help_text="The slug of the project.")


class ProjectViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Project],
):
    """The place of one team's work. All endpoints of its data lie under `/projects/SLUG/api/v1/` as well.

    A token with the scope `read` lists the projects that it opens. Making and changing one needs somebody who has
    signed in: a lead of it, or an admin.
    """

    serializer_class = ProjectSerializer
    permission_classes = [SignedIn]
    queryset = Project.objects.none()
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet[Project]:
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        user = asker(self.request)
        mine = Membership.objects.filter(user=user, project=OuterRef("pk"))
        found = Project.objects.filter(pk__in=user.projects().values("pk"))
        if isinstance(self.request.auth, ApiToken) and self.request.auth.project_id:
            found = found.filter(pk=self.request.auth.project_id)
        return found.annotate(my_role=Subquery(mine.values("role")))

    def perform_create(self, serializer: BaseSerializer[Project]) -> None:
        serializer.instance = projects.make(asker(self.request), Project(**serializer.validated_data))

    def perform_update(self, serializer: BaseSerializer[Project]) -> None:
        assert serializer.instance
        projects.refuse_stranger(asker(self.request), serializer.instance)
        for name, value in serializer.validated_data.items():
            setattr(serializer.instance, name, value)
        projects.change(asker(self.request), serializer.instance)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, slug: str) -> Response:
        """It is read and not changed from now on. Twice changes nothing."""
        projects.archive(asker(request), self.get_object())
        return self.retrieve(request, slug)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, slug: str) -> Response:
        """An archived project is open again."""
        projects.archive(asker(request), self.get_object(), archived=False)
        return self.retrieve(request, slug)

    @extend_schema(request=DeletedSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, slug: str) -> Response:
        """Delete it for good, with all that belongs to it. Only an admin does; 409 while a run of it is at work."""
        project, given = self.get_object(), DeletedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            projects.erase(asker(request), project, given.validated_data["confirm"])
        except EraseRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)
