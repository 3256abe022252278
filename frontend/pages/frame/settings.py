"""Settings: all that is mine on one page, my password, and how the studio is."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from frontend.pages.frame.sessions import others, rows
from frontend.pages.frame.tokens import tokens_of
from studio import dates
from studio.accounts.access import asker, requires, signed_in
from studio.accounts.models import ApiToken, User
from studio.accounts.roles import Capability
from studio.monitoring import health


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has it unsubscriptable
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "dates", "single_keys"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dates"] = forms.ChoiceField(
            choices=[("", "As this browser asks for them"), *dates.choices()],
            required=False,
            label=self.fields["dates"].label,
            help_text=self.fields["dates"].help_text,
        )


class NewPasswordForm(PasswordChangeForm):
    """A password that somebody else may know is changed; they may have made a token with it, too."""

    end_tokens = forms.BooleanField(
        required=False,
        label="Revoke all my API tokens too",
        help_text="Choose this if somebody else may know the old password. Programs that use a token then stop.",
    )

    def save(self, commit: bool = True) -> User:
        if self.cleaned_data["end_tokens"]:
            ApiToken.objects.filter(user=self.user).delete()
        return super().save(commit)


@never_cache
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=asker(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Profile saved.")
        return redirect("settings")
    told = {"form": form, "rows": rows(request), "tokens": tokens_of(asker(request))}
    return render(request, "settings/profile.html", told)


@require_POST
@signed_in
def theme(request: HttpRequest) -> HttpResponse:
    """The page that asks looks right already; the next one, in any browser, is sent so."""
    chosen = request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        raise BadRequest("A theme is light, dark, or nothing for the system's.")
    User.objects.filter(pk=asker(request).pk).update(theme=chosen)
    return HttpResponse(status=204)


@signed_in
def password(request: HttpRequest) -> HttpResponse:
    form = NewPasswordForm(asker(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        others(request).delete()
        ended = " Your API tokens are revoked." if form.cleaned_data["end_tokens"] else ""
        messages.success(request, f"Password changed. Other browsers are signed out.{ended}")
        return redirect("settings_password")
    return render(request, "settings/password.html", {"form": form})


@never_cache
@requires(Capability.ANNOTATE)
def health_page(request: HttpRequest) -> HttpResponse:
    """Everything that the studio needs, examined now: what is wrong comes first."""
    report = health.examine()
    checks = sorted(report.checks, key=lambda check: (check.ok, not check.stops))
    return render(request, "settings/health.html", {"report": report, "checks": checks})
