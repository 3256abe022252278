"""People and their API tokens, who was invited, and what was done to whom."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from studio.accounts.access import asker
from studio.accounts.acts import audit, people
from studio.accounts.models import ApiToken, AuditEntry, Invitation, Membership, User
from studio.admin_pages import FoundById
from studio.projects.scope import inside

# What a person may do is said by their roles, not by groups.
admin.site.unregister(Group)


class NewUserForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)


class ChangedUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User

    def _post_clean(self) -> None:
        """Once the account is as it would be saved: the studio keeps an admin."""
        super()._post_clean()
        try:
            people.refuse_without_admin(self.instance)
        except people.ActRefused as refused:
            self.add_error(None, str(refused))


class NewPasswordForm(AdminPasswordChangeForm):
    """Whoever knew the old password is shut out: their sessions and their tokens end."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["password2"].help_text = "Enter it again. This person's sessions and API tokens end."

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        ApiToken.objects.filter(user=self.user).delete()
        self.user.sessions.all().delete()
        saved: User = super().save(commit)
        return saved


def roles(person: User) -> dict[int, str]:
    """By project."""
    return dict(person.memberships.values_list("project", "role"))


class MembershipInline(TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
class UserAdmin(FoundById, DjangoUserAdmin[User], ModelAdmin):
    form, add_form, change_password_form = ChangedUserForm, NewUserForm, NewPasswordForm
    list_display = ("username", "first_name", "last_name", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_superuser")}),
        ("History", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2")}),)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """What is done here is recorded, and has the same effects, as on the pages."""
        before = people.Standing.of(User.objects.get(pk=obj.pk)) if change else None
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)
        if before:
            people.record_changes(asker(request), before, obj)
        else:
            audit.record(AuditEntry.Act.ADDED, asker(request), obj, f"added the account {obj.username}")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Likewise of roles: who is removed from a project hands over open work."""
        person: User = form.instance
        before = roles(person)
        super().save_formset(request, form, formset, change)
        now = roles(person)
        for project in sorted(before.keys() | now.keys()):
            was = before.get(project, people.NO_MEMBER)
            if not person.is_admin and was != now.get(project):
                person.forget_roles()
                with inside(project):
                    people.record_changes(asker(request), people.Standing(was, person.is_active), person)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes themself: an admin always stays."""
        return obj != request.user and super().has_delete_permission(request, obj)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        audit.record(AuditEntry.Act.DELETED, asker(request), None, f"deleted the account {obj.username}")
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset.exclude(pk=asker(request).pk):
            self.delete_model(request, person)


class ReadOnly(FoundById, ModelAdmin):
    """Rows that are made and changed elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """A token can be seen and revoked here; its key is known to its owner only."""

    list_display = ("name", "prefix", "user", "project", "scope_names", "ends_at", "created_at", "last_used_at")
    list_select_related = ("user", "project")
    search_fields = ("name", "prefix", "user__username")
    fields = readonly_fields = ("user", "project", "name", "prefix", "scopes", "ends_at", "created_at", "last_used_at")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnly):
    """Failed sign-ins of the last minutes. Who is to wait no longer has theirs deleted."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "path_info")
    search_fields = ("username", "ip_address")
    fields = readonly_fields = (*list_display, "user_agent")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """A link can be deleted here; it is revoked, which is recorded, under People → Invitations."""

    list_display = ("id", "project", "role", "made_by", "used", "uses", "ends_at", "revoked_at")
    list_select_related = ("made_by", "project")
    list_filter = ("role",)
    search_fields = ("note", "made_by__username")
    fields = readonly_fields = (
        "project",
        "role",
        "note",
        "made_by",
        "created_at",
        "used",
        "uses",
        "ends_at",
        "revoked_at",
    )


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """Nobody changes what was recorded."""

    list_display = ("at", "act", "words", "project")
    list_select_related = ("project",)
    list_filter = ("act",)
    search_fields = ("words",)
    fields = readonly_fields = ("at", "project", "act", "by", "person", "words")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
