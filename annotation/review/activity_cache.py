"""Figures of people are counted when somebody looks and something was judged since, and kept for the next look."""

import time
from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from annotation.models import Flag, Judgment, Remark
from annotation.review.activity import Activity, Asked, activity
from studio.projects.scope import here

# People judge all day long: their figures are counted anew at most once in a minute.
ANEW_SECONDS = 60
KEPT_SECONDS = 3600


def kept(asked: Asked) -> dict[int, Activity]:
    """By user id; counted now where the figures are old."""
    found = known(asked)
    if found is None:
        marked = mark()
        found = activity(asked)
        cache.set(key(asked), (time.time(), marked, found), KEPT_SECONDS)
    return found


def known(asked: Asked) -> dict[int, Activity] | None:
    """The figures as they were last counted; None where they have to be counted first."""
    counted_at, marked, figures = cache.get(key(asked)) or (0.0, None, None)
    if figures is None or (time.time() - counted_at > ANEW_SECONDS and marked != mark()):
        return None
    told: dict[int, Activity] = figures
    return told


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
