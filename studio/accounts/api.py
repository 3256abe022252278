"""API tokens of the person who asks, and who that is."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from studio.accounts.access import asker
from studio.accounts.models import ApiToken
from studio.accounts.people_api import AuditEntryViewSet, InvitationViewSet, PersonViewSet


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "created_at", "last_used_at"]
        read_only_fields = ["prefix", "created_at", "last_used_at"]


class IssuedTokenSerializer(ApiTokenSerializer):
    """A token in the answer that makes it: the only one with its key."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "key"]


class ApiTokenViewSet(
    mixins.ListModelMixin, mixins.DestroyModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[ApiToken]
):
    """Each person sees, makes and revokes their own tokens only."""

    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated]
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user__username=self.request.user.get_username())

    @extend_schema(responses={status.HTTP_201_CREATED: IssuedTokenSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        token, key = ApiToken.issue(asker(request), form.validated_data["name"])
        return Response(self.get_serializer(token).data | {"key": key}, status=status.HTTP_201_CREATED)


router = SimpleRouter()
router.register("audit", AuditEntryViewSet, basename="audit")
router.register("invitations", InvitationViewSet, basename="invitation")
router.register("people", PersonViewSet, basename="person")
router.register("tokens", ApiTokenViewSet, basename="token")
urlpatterns = router.urls
