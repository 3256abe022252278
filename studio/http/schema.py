"""The OpenAPI schema says of each operation how it refuses, too."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from studio.http.unrouted_problems import MEDIA_TYPE


class FieldErrorSerializer(serializers.Serializer[Any]):
    """A file's faults have a line and a remedy besides."""

    field = serializers.CharField()
    message = serializers.CharField()
    line = serializers.IntegerField(required=False, allow_null=True)
    remedy = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. `errors` where single fields, or lines of a file, are not valid."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]  # a field, by DRF's own magic


class Schema(AutoSchema):
    """Every operation may answer with a problem; one of a single row has 404 among them."""

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        codes = ["400", "401", "403", "404", "default"] if "{" in self.path else ["400", "401", "403", "default"]
        answer: Any = self._get_response_for_code
        problems = {code: answer(ProblemSerializer, code, [MEDIA_TYPE], direction) for code in codes}
        return problems | super()._get_response_bodies(direction)
