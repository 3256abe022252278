"""Endpoints of judges. A key goes in and never comes out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget

from annotation.admin.keeping import KeptAdmin, KeptForm
from annotation.judges.client import keys, try_endpoint
from annotation.models import Endpoint
from studio.http.parsing import row_id

SET = (
    "name",
    "pool",
    "base_url",
    "key_variable",
    "requests_per_minute",
    "tokens_per_minute",
    "in_flight",
    "batch_share",
    "allow_private",
    "is_active",
)


class EndpointForm(KeptForm):
    """`key` is write-only: left empty it stays as it was."""

    key = forms.CharField(
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown. Empty: it stays as it is.",
    )

    class Meta:
        model = Endpoint
        fields = SET

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("key") and given.get("key_variable"):
            self.add_error("key", "Give a key or the name of a variable, not both.")
        elif not given.get("key") and not given.get("key_variable") and self.moved(given):
            self.add_error("key", "Another address needs its key again.")
        return given

    def moved(self, given: dict[str, Any]) -> bool:
        kept = Endpoint.objects.filter(pk=self.instance.pk).first()
        return bool(kept and "base_url" in given and kept.needs_key_again(given["base_url"]))

    @sensitive_variables()
    def save(self, commit: bool = True) -> Endpoint:
        if self.cleaned_data["key_variable"]:
            self.instance.encrypted_key = None
        elif self.cleaned_data["key"]:
            self.instance.encrypted_key = keys.seal(self.cleaned_data["key"])
        saved: Endpoint = super().save(commit)
        return saved


@admin.register(Endpoint)
@method_decorator(sensitive_post_parameters("key"), name="changeform_view")
class EndpointAdmin(KeptAdmin):
    form = EndpointForm
    list_display = ("name", "pool", "base_url", "key_kept", "in_flight", "allow_private", "is_active", "kept_for")
    list_filter = ("pool", "is_active")
    search_fields = ("name", "pool", "base_url")
    readonly_fields = ("key_kept", "created_at")
    actions_detail = ["try_it"]
    fields = (*SET[:4], "key", "key_kept", *SET[4:], "projects", "created_at")

    @admin.display(description="Key is kept")
    def key_kept(self, endpoint: Endpoint) -> str:
        return endpoint.key_kept

    @action(description="Try it", url_path="try", permissions=["try_it"])
    def try_it(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One tiny question to a model that its judges name; says what came back."""
        endpoint = get_object_or_404(Endpoint, pk=row_id(str(object_id)))
        trial = try_endpoint.try_out(endpoint, try_endpoint.model_of(endpoint.pool))
        if trial.ok:
            messages.success(request, f"{trial.model} answered in {trial.seconds} s: {trial.says}")
        else:
            messages.error(request, f"{trial.fault.capitalize()}: {trial.says}")
        return redirect("admin:annotation_endpoint_change", object_id)

    def has_try_it_permission(self, request: HttpRequest, object_id: object) -> bool:
        return bool(self.has_change_permission(request))
