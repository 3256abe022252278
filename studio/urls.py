"""Every URL of the studio."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

handler400 = "frontend.pages.frame.errors.bad_request"
handler500 = "frontend.pages.frame.errors.server_error"
admin.site.index_title = "Overview"

urlpatterns = [
    # The admin's own form neither says that other browsers are signed out nor ends tokens.
    path("admin/password_change/", RedirectView.as_view(pattern_name="settings_password")),
    path("admin/", admin.site.urls),
    path("api/", include("studio.api")),
    path("health/", include("studio.monitoring.health")),
    path("", include("frontend.urls")),
]
