"""A table of figures as a file."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson
from django.http import HttpResponse

from training.evaluation.leaderboards.exports import guarded

WRITTEN = ("csv", "json")


def written(form: str, name: str, rows: Sequence[dict[str, Any]]) -> HttpResponse:
    """`form` is csv or json; the columns are those of the first row."""
    return attached(form, name, csv_of(rows) if form == "csv" else rows)


def attached(form: str, name: str, content: Any) -> HttpResponse:
    """CSV as text, or what JSON can say."""
    if form == "json":
        body, kind = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z), "application/json"
    else:
        body, kind = str(content).encode(), "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return HttpResponse(body, content_type=kind, headers=headers)


def csv_of(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
    return out.getvalue()
