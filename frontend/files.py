"""A table of figures as a file."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson
from django.http import HttpResponse

WRITTEN = ("csv", "json")
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(form: str, name: str, rows: Sequence[dict[str, Any]]) -> HttpResponse:
    """`form` is csv or json; the columns are those of the first row."""
    if form == "json":
        body, kind = orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z), "application/json"
    else:
        body, kind = csv_of(rows).encode(), "text/csv; charset=utf-8"
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    )


def csv_of(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def safe(value: Any) -> Any:
    """Names come from files of other people."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
