"""The way back from what one request wrote: its address holds the moment at which everything was written."""

from datetime import datetime

from django.http import QueryDict


def address(path: str, at: datetime) -> str:
    return f"{path}?at={at:%Y-%m-%dT%H:%M:%S.%fZ}"


def moment(query: QueryDict) -> datetime | None:
    """None where the address names no time."""
    try:
        return datetime.fromisoformat(query.get("at", "")).astimezone()
    except (ValueError, OverflowError):
        return None
