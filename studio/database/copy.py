"""PostgreSQL's COPY for rows of Python values."""

from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

import orjson


def copy(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]], columns: Iterable[str] = ()) -> None:
    """Append rows to a table, which takes no part of them if one does not fit. Lists and dicts become JSON."""
    lines = "".join("\t".join(map(written, row)) + "\n" for row in rows)
    named = f" ({', '.join(columns)})" if columns else ""
    # Django wraps errors of its own calls only, and everybody catches Django's.
    with cursor.db.wrap_database_errors:
        cursor.copy_expert(f"COPY {table}{named} FROM STDIN", StringIO(lines))


def written(value: Any) -> str:
    """A value in COPY's text format."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        return escaped(orjson.dumps(value).decode())
    return str(value)


def escaped(text: str) -> str:
    """Four replacements take a tenth of the time of one `str.translate`."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
