"""The REST API: every router, and its OpenAPI schema."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

urlpatterns = [
    path("v1/", include("studio.accounts.api")),
    path("v1/", include("annotation.api")),
    path("v1/", include("training.api")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api_docs"),
    path("reference/", SpectacularRedocView.as_view(url_name="schema"), name="api_reference"),
]
