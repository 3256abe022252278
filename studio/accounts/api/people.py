"""REST endpoints of people, the links that invite them, and the record of acts on them: for leads and admins."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from studio.accounts.access import asker
from studio.accounts.acts import invitations, people
from studio.accounts.models import AuditEntry, Invitation, Membership, User
from studio.accounts.roles import Capability, Role
from studio.http.permissions import allows
from studio.http.problems import Conflict
from studio.projects import addresses

MANAGES = [allows(Capability.MANAGE_PEOPLE)]
JOINED = (
    Prefetch("memberships", Membership.objects.select_related("user").order_by("pk")),
    Prefetch("admins", User.objects.only("username", "invitation").order_by("pk")),
)


class PersonSerializer(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="get_full_name", read_only=True)
    role = serializers.ChoiceField(Role.choices, source="role_here", read_only=True)
    invited_by = serializers.CharField(read_only=True, allow_null=True, help_text="To this project.")

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "name",
            "role",
            "is_active",
            "is_superuser",
            "last_login",
            "date_joined",
            "invited_by",
        ]
        read_only_fields = fields


class PersonFilter(FilterSet):
    role = ChoiceFilter("role_here", choices=Role.choices)

    class Meta:
        model = User
        fields = ["is_active"]


class RoleSerializer(serializers.Serializer[dict[str, Any]]):
    role = serializers.ChoiceField(Role.choices)


class PersonViewSet(viewsets.ReadOnlyModelViewSet[User]):
    """Leads and admins read the members of their project, and admins.

    Leads deactivate and activate annotators who work in no other project, admins all; admins change roles.

    A token with the scope `read` reads them and changes nothing. A link for a new password is made on pages only.
    """

    permission_classes = MANAGES
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    queryset = User.objects.here().annotate(invited_by=invitations.inviter())

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        """Sessions end, tokens stop, and open assignments wait for others. Twice changes nothing."""
        person = self.get_object()
        with_refusals(lambda: people.deactivate(asker(request), person))
        return self.retrieve(request, pk)

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """They may sign in again, and their tokens work again."""
        person = self.get_object()
        with_refusals(lambda: people.activate(asker(request), person))
        return self.retrieve(request, pk)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """From the project: open assignments wait for others, and the account stays."""
        people.remove(asker(request), self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RoleSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def role(self, request: Request, pk: str) -> Response:
        """In this project; an admin is one everywhere. Only admins change roles."""
        person, asked = self.get_object(), RoleSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        role = Role(asked.validated_data["role"])
        with_refusals(lambda: people.change_role(asker(request), person, role))
        return self.retrieve(request, pk)


def with_refusals(act: Callable[[], object]) -> None:
    try:
        act()
    except people.ActRefused as refused:
        raise Conflict(str(refused)) from refused


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """`ends_at` is in seven days where nothing is said."""

    state = serializers.ChoiceField(Invitation.State.choices, read_only=True)
    made_by = serializers.CharField(source="made_by.username", read_only=True)
    joined = serializers.SerializerMethodField()
    uses = serializers.IntegerField(min_value=1, max_value=invitations.MOST_USES, default=1)
    ends_at = serializers.DateTimeField(required=False)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "role",
            "note",
            "uses",
            "used",
            "state",
            "made_by",
            "joined",
            "created_at",
            "ends_at",
            "revoked_at",
        ]
        read_only_fields = ["used", "created_at", "revoked_at"]

    def get_joined(self, invitation: Invitation) -> list[str]:
        """Who came by it and is still there, by user name."""
        members = [one.user.username for one in invitation.memberships.all()]
        return members + [admin.username for admin in invitation.admins.all()]

    def validate_ends_at(self, moment: Any) -> Any:
        if not timezone.now() < moment <= timezone.now() + invitations.LONGEST:
            raise serializers.ValidationError("Choose a moment from now on, within a year.")
        return moment


class MadeInvitationSerializer(InvitationSerializer):
    """An invitation in the answer that makes it: the only one with its link."""

    link = serializers.URLField(read_only=True)

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link"]


class InvitationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Invitation]
):
    """Leads see, make and revoke invitations to be annotator or lead, admins all."""

    permission_classes = MANAGES
    serializer_class = InvitationSerializer
    filterset_fields = ["role"]
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        if getattr(self, "swagger_fake_view", False):
            return Invitation.objects.none()
        return Invitation.objects.visible_to(asker(self.request)).select_related("made_by").prefetch_related(*JOINED)

    @extend_schema(responses={status.HTTP_201_CREATED: MadeInvitationSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        role = Role(asked.pop("role"))
        made, key = invitations.invite(asker(request), role, **asked)
        link = addresses.link(request, "join", key)
        return Response(self.get_serializer(made).data | {"link": link}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Nobody joins by it any more. Of one that is closed nothing changes."""
        invitations.revoke(asker(request), self.get_object())
        return self.retrieve(request, pk)


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    by = serializers.CharField(source="by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = AuditEntry
        fields = ["id", "act", "by", "person", "words", "at"]
        read_only_fields = fields


class AuditEntryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AuditEntry]):
    """Who did what to whom, the newest first."""

    permission_classes = MANAGES
    serializer_class = AuditEntrySerializer
    filterset_fields = ["act", "by", "person"]
    queryset = AuditEntry.objects.select_related("by")
