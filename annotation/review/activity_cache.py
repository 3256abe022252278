"""Figures of people are counted when somebody looks and something was judged since, and kept for the next look."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from annotation.models import Flag, Judgment, Remark
from annotation.review.activity import Activity, Asked, activity
from studio.projects.scope import here

# People judge all day long: their figures are counted anew at most once in a minute.
ANEW_SECONDS = 60
KEPT_SECONDS = 3600

T = TypeVar("T")


def kept(asked: Asked) -> dict[int, Activity]:
    """By user id; counted now where the figures are old."""
    return remembered(key(asked), lambda: activity(asked))


def known(asked: Asked) -> dict[int, Activity] | None:
    """The figures as they were last counted; None where they have to be counted first."""
    found: dict[int, Activity] | None = recalled(key(asked))
    return found


def remembered(name: str, count: Callable[[], T]) -> T:
    """What `count` gave, or gives now where that is old. `name` begins with a `key`."""
    found: T | None = recalled(name)
    if found is None:
        marked = mark()
        found = count()
        cache.set(name, (time.time(), marked, found), KEPT_SECONDS)
    return found


def recalled(name: str) -> Any:
    counted_at, marked, found = cache.get(name) or (0.0, None, None)
    is_old = found is not None and time.time() - counted_at > ANEW_SECONDS and marked != mark()
    return None if is_old else found


def key(asked: Asked) -> str:
    """What was today is not today tomorrow."""
    return f"activity:{here()}:{timezone.localdate()}:{asked.collection}:{asked.since}:{asked.judge}:{asked.person}"


def mark() -> tuple[Any, ...]:
    """Another one whenever something was judged, flagged or skipped."""
    return (
        *Judgment.mark(),
        Flag.objects.aggregate(newest=Max("id"))["newest"],
        Remark.objects.aggregate(newest=Max("id"))["newest"],
    )
