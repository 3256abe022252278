"""API tokens of the person who asks, and who that is."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from studio.accounts.access import asker
from studio.accounts.models import TOKEN_LIFE, ApiToken
from studio.accounts.scopes import Scope
from studio.http.permissions import SignedIn
from studio.projects.models import Project


class OwnProject(serializers.SlugRelatedField[Project]):
    """One that the person who asks may enter, by its slug."""

    def __init__(self, **options: Any) -> None:
        super().__init__("slug", queryset=Project.objects.all(), **options)

    def get_queryset(self) -> QuerySet[Project]:
        return asker(self.context["request"]).projects()


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """What a token opens needs both one of its `scopes` and the role of its owner, at the moment of the request."""

    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices),
        min_length=1,
        help_text=" ".join(f"`{scope}`: {scope.says}" for scope in Scope),
    )
    ends_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="By default in 90 days; null is never. From then on: 401."
    )
    has_ended = serializers.BooleanField(read_only=True)
    project = OwnProject(
        required=False, allow_null=True, help_text="The only one that it opens; null for all of yours."
    )

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "project", "ends_at", "has_ended", "created_at", "last_used_at"]
        read_only_fields = ["prefix", "created_at", "last_used_at"]

    def validate_scopes(self, given: list[str]) -> list[Scope]:
        possible = asker(self.context["request"]).possible_scopes()
        if useless := [scope for scope in given if scope not in possible]:
            raise serializers.ValidationError(f"Your role cannot use “{useless[0]}”. Leave it out.")
        return [scope for scope in possible if scope in given]

    def validate_ends_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("This moment is past. Give a later one, or null for never.")
        return moment


class IssuedTokenSerializer(ApiTokenSerializer):
    """A token in the answer that makes it: the only one with its key."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "key"]


class ApiTokenViewSet(
    mixins.ListModelMixin, mixins.DestroyModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[ApiToken]
):
    """Each person sees, makes and revokes their own tokens only.

    A token lists them if it has the scope `read`. It makes and revokes none: that needs somebody who has signed in.
    """

    serializer_class = ApiTokenSerializer
    permission_classes = [SignedIn]
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user__username=self.request.user.get_username())

    @extend_schema(responses={status.HTTP_201_CREATED: IssuedTokenSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = {"ends_at": timezone.now() + TOKEN_LIFE} | form.validated_data
        token, key = ApiToken.issue(asker(request), **wanted)
        return Response(self.get_serializer(token).data | {"key": key}, status=status.HTTP_201_CREATED)
