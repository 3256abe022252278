"""Any error of an endpoint as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from studio.http.rendering import JSONRenderer
from studio.http.unrouted_problems import MEDIA_TYPE, OUTSIDE, outline


class Conflict(APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "This does not fit the present state."
    default_code = "conflict"


class Unavailable(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "A part of the studio does not answer."
    default_code = "unavailable"


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = OUTSIDE[413]
    default_code = "too_large"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, BadRequest | SuspiciousOperation):
        error = ParseError(str(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = described(response.status_code, error)
    response.content_type = MEDIA_TYPE
    # A problem is JSON, whatever the endpoint's own answers are.
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = JSONRenderer.media_type
    return response


def described(status: int, error: Exception) -> dict[str, Any]:
    """The body of a problem: what is wrong as a whole, or field by field."""
    body = outline(status)
    if isinstance(error, ValidationError):
        return body | {"detail": "Some fields are not valid.", "errors": field_errors(error.detail)}
    # Django's own 404 for a number in the address that is none comes without a word.
    detail = str(getattr(error, "detail", error)) or OUTSIDE.get(status, HTTPStatus(status).description)
    return body | {"detail": detail}


def field_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested error detail as a flat list of `{field, message}`."""
    if isinstance(detail, Mapping):
        return [row for key, value in detail.items() for row in field_errors(value, f"{field}.{key}".strip("."))]
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        return [row for value in detail for row in field_errors(value, field)]
    return [{"field": field, "message": str(detail)}]
