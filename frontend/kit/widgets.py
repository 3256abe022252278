"""Widgets of forms whose choices stand one below the other."""

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString


class Checks(forms.CheckboxSelectMultiple):
    template_name = "components/checks.html"


class Radios(forms.RadioSelect):
    template_name = "components/checks.html"


def described(label: str, says: str) -> SafeString:
    """A choice and the sentence that says what it means."""
    return format_html('<span><strong>{}</strong> <span class="muted">{}</span></span>', label, says)
