"""Any API error as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Conflict(APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "This does not fit the present state."
    default_code = "conflict"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = problem(response.status_code, error)
    response.content_type = "application/problem+json"
    return response


def problem(status: int, error: Exception) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if isinstance(error, ValidationError):
        return body | {"detail": "Some fields are not valid.", "errors": field_errors(error.detail)}
    detail = getattr(error, "detail", None)
    return body | {"detail": str(detail if detail is not None else error)}


def field_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested error detail as a flat list of `{field, message}`."""
    if isinstance(detail, Mapping):
        return [row for key, value in detail.items() for row in field_errors(value, f"{field}.{key}".strip("."))]
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        return [row for value in detail for row in field_errors(value, field)]
    return [{"field": field, "message": str(detail)}]
