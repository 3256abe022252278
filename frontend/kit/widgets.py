"""Widgets of forms whose choices stand one below the other."""

from django import forms


class Checks(forms.CheckboxSelectMultiple):
    template_name = "components/checks.html"


class Radios(forms.RadioSelect):
    template_name = "components/checks.html"
