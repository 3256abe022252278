"""JSON by orjson."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:
            # A whole number of more than 64 bits, which a column of JSON holds: one row must not hide all others.
            return json.dumps(data, cls=JSONEncoder, ensure_ascii=False).encode()
