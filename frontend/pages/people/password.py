"""A new password for who lost theirs: asked for by e-mail, chosen by a link."""

from threading import Thread
from typing import Any

from axes.utils import reset as end_wait
from django import forms
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from studio.accounts.acts import letters
from studio.accounts.acts.people import key_for, reset_tokens
from studio.accounts.models import ApiToken, User
from studio.accounts.sign_in.address_limits import ForgottenPasswords
from studio.projects import addresses


class ForgottenForm(PasswordResetForm):
    """Who has the address is sent a link, and the answer is the same, as soon, where nobody has it."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )

    def links(self, request: HttpRequest) -> list[tuple[User, str]]:
        """Each active person with this address, and their link."""
        people = self.get_users(self.cleaned_data["email"])
        return [(one, addresses.link(request, "password_reset", *key_for(one))) for one in people]


def forgotten(request: HttpRequest) -> HttpResponse:
    if not letters.is_configured():
        return render(request, "password/ask.html")
    form = ForgottenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "password/forgotten.html", {"form": form})
    slow = ForgottenPasswords()
    if not slow.allows(request):
        page = render(request, "password/slowed.html", status=429)
        page.headers["Retry-After"] = str(int(slow.wait() or 0) + 1)
        return page
    # A mail server takes seconds; an answer that waited for it would say that somebody has this address.
    Thread(target=send, args=[form.links(request)], daemon=True).start()
    return render(request, "password/sent.html", {"email": form.cleaned_data["email"]})


def send(links: list[tuple[User, str]]) -> None:
    for person, link in links:
        letters.send_reset(person, link)


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # Django has it unsubscriptable
    """The wait after wrong passwords ends with the old one."""

    end_tokens = forms.BooleanField(
        required=False,
        label="Revoke all my API tokens too",
        help_text="Choose this if somebody else may know the old password. Programs that use a token then stop.",
    )

    def save(self, commit: bool = True) -> User:
        if self.cleaned_data["end_tokens"]:
            ApiToken.objects.filter(user=self.user).delete()
        end_wait(username=self.user.username)
        saved: User = super().save(commit)
        return saved


class NewPassword(PasswordResetConfirmView):
    template_name = "password/new.html"
    form_class = NewPasswordForm
    token_generator = reset_tokens
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        if self.request.session.get(SESSION_KEY) == str(form.user.pk):
            # Their own browser begins anew: a session whose row is gone cannot be saved.
            self.request.session.flush()
        form.user.sessions.all().delete()
        messages.success(self.request, "Your password is changed. Sign in with it.")
        return answer
