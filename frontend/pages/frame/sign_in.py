"""Signing in."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView


class SignInForm(AuthenticationForm):
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "No account has this name and password. Both are case-sensitive.",
    }

    username = forms.CharField(
        label="User name", widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"})
    )


class SignIn(LoginView):
    template_name = "sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True
