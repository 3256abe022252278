"""Settings: my API tokens."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from frontend.kit.widgets import Checks, described
from studio.accounts.access import asker, signed_in
from studio.accounts.models import TOKEN_LIFE, ApiToken, User
from studio.accounts.scopes import Scope
from studio.projects.addresses import here
from studio.projects.scope import one_here

NEVER = "never"
LIVES = {"7": "In 7 days", "30": "In 30 days", "90": "In 90 days", "365": "In a year", NEVER: "Never"}


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has it unsubscriptable
    scopes = forms.TypedMultipleChoiceField(
        coerce=Scope,
        widget=Checks,
        label="The token can",
        initial=[Scope.READ],
        error_messages={"required": "Choose at least one: a token without any opens nothing."},
    )
    days = forms.ChoiceField(
        choices=LIVES,
        initial=TOKEN_LIFE.days,
        label="It ends",
        help_text="Programs that use it get 401 from then on.",
    )

    class Meta:
        model = ApiToken
        fields = ["name", "project"]
        help_texts = {
            "name": "Where it will be used, such as “laptop” or “nightly export”.",
            "project": "A program with this token sees nothing of your other projects.",
        }

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = self.fields["project"]
        assert isinstance(mine, forms.ModelChoiceField)
        mine.queryset, mine.empty_label, mine.initial = owner.projects(), "All my projects", one_here()
        chosen = self.fields["scopes"]
        assert isinstance(chosen, forms.TypedMultipleChoiceField)
        chosen.choices = [(scope, described(scope.label, scope.says)) for scope in owner.possible_scopes()]

    def issue(self, owner: User) -> tuple[ApiToken, str]:
        said = self.cleaned_data
        ends_at = None if said["days"] == NEVER else timezone.now() + timedelta(days=int(said["days"]))
        return ApiToken.issue(owner, said["name"], said["scopes"], ends_at, said["project"])


def tokens_of(owner: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("project").filter(user=owner).order_by("-id")


@never_cache
@signed_in
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and the form that makes one: its key is shown in this answer and never again."""
    owner = asker(request)
    form = TokenForm(owner, request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        made = form.issue(owner)
        form = TokenForm(owner)
    curl = f"curl -H 'Authorization: Bearer xw_…' {request.build_absolute_uri(here('/api/v1/tokens/'))}"
    context = {"form": form, "made": made, "curl": curl, "tokens": tokens_of(owner)}
    return render(request, "settings/tokens.html", context)


@require_POST
@signed_in
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=asker(request))
    token.delete()
    messages.success(request, f"“{token.name}” is revoked: requests with it get 401 from now on.")
    return redirect("settings_tokens")
