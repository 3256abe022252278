"""People and their API tokens."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from studio.accounts.models import ApiToken, User
from studio.admin_pages import FoundById

# What a person may do is said by their role, not by groups.
admin.site.unregister(Group)


class NewUserForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "role")


class ChangedUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewPasswordForm(AdminPasswordChangeForm):
    """Whoever knew the old password is shut out: their sessions end with it, and their tokens here."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["password2"].help_text = "Enter it again. This person's sessions and API tokens end."

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        ApiToken.objects.filter(user=self.user).delete()
        saved: User = super().save(commit)
        return saved


@admin.register(User)
class UserAdmin(FoundById, DjangoUserAdmin[User], ModelAdmin):
    form, add_form, change_password_form = ChangedUserForm, NewUserForm, NewPasswordForm
    list_display = ("username", "first_name", "last_name", "role", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("username", "first_name", "last_name", "email")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "role")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("History", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "role", "usable_password", "password1", "password2")}),)


@admin.register(ApiToken)
class ApiTokenAdmin(FoundById, ModelAdmin):
    """A token can be seen and revoked here; its key is known to its owner only."""

    list_display = ("name", "prefix", "user", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = readonly_fields = ("user", "name", "prefix", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessAttempt)
class AccessAttemptAdmin(FoundById, ModelAdmin):
    """Failed sign-ins of the last minutes. Who is to wait no longer has theirs deleted."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "path_info")
    search_fields = ("username", "ip_address")
    fields = readonly_fields = (*list_display, "user_agent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
