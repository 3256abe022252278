"""Every URL of the studio."""

from django.contrib import admin
from django.urls import include, path

admin.site.index_title = "Overview"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("studio.api")),
    path("health/", include("studio.health")),
    path("", include("frontend.urls")),
]
