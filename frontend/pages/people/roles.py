"""Roles to choose from, each with the sentence that says what it may."""

from collections.abc import Iterable

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frontend.kit.widgets import Radios
from studio.accounts.roles import Role


def role_field(roles: Iterable[Role], initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(role.value, described(role)) for role in roles], widget=Radios, initial=initial)


def described(role: Role) -> SafeString:
    return format_html('<span><strong>{}</strong> <span class="muted">{}</span></span>', role.label, role.may)
