"""The REST API: every router, and its OpenAPI schema."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

swagger = require_safe(login_required(SpectacularSwaggerView.as_view(url_name="schema")))
redoc = require_safe(login_required(SpectacularRedocView.as_view(url_name="schema")))

urlpatterns = [
    path("v1/", include("studio.accounts.api")),
    path("v1/", include("annotation.api")),
    path("v1/", include("training.api")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", swagger, name="api_docs"),
    path("reference/", redoc, name="api_reference"),
]
