"""Roles to choose from, each with the sentence that says what it may."""

from collections.abc import Iterable

from django import forms

from frontend.kit.widgets import Radios, described
from studio.accounts.roles import Role


def role_field(roles: Iterable[Role], initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(role.value, described(role.label, role.may)) for role in roles], widget=Radios, initial=initial
    )


class RoleForm(forms.Form):
    role = role_field(Role)
