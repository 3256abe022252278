"""The figures of people in the shape in which pages show and sort them, and where each of them leads."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from annotation.review.activity import FEWEST, Activity, Asked, PairShare, first_of_week

# How a list is ordered by each figure; of estimates those that are shown.
SORTED: dict[str, Callable[[Activity], float | None]] = {
    "today": lambda told: told.today,
    "week": lambda told: told.week,
    "n": lambda told: told.n,
    "seconds": lambda told: told.seconds,
    "people": lambda told: shown(told.people.with_ties),
    "judges": lambda told: shown(told.judges.with_ties),
    "people_decided": lambda told: shown(told.people.without_ties),
    "judges_decided": lambda told: shown(told.judges.without_ties),
    "first_position": lambda told: shown(told.first_position),
    "longer": lambda told: shown(told.longer),
    "ties": lambda told: told.ties,
    "both_bad": lambda told: told.both_bad,
    "too_fast": lambda told: told.too_fast,
    "flags": lambda told: told.flags,
    "skips": lambda told: told.skips,
}


def shown(share: PairShare) -> float | None:
    """The estimate, where enough pairs stand behind it."""
    return None if share.pairs < FEWEST else share.estimate


def encoded(values: Mapping[int, Any]) -> str:
    """As JSON for a query; what is not known is left out."""
    return json.dumps({str(pk): value for pk, value in values.items() if value is not None})


def days() -> dict[str, date]:
    return {"today": timezone.localdate(), "week": first_of_week()}


def query(**narrowing: object) -> str:
    """The part of an address behind `?`, without what is empty."""
    return urlencode({name: value for name, value in narrowing.items() if value})


def opens(asked: Asked, slug: str = "") -> dict[str, str]:
    """For each figure the query of a person's page that lists the judgments behind it, counted as `asked`."""
    since = {"since": asked.since, "collection": slug}

    def later(day: date) -> date:
        return max(day, asked.since) if asked.since else day

    shared_by_judges = {"beside": asked.judge} if asked.judge else {"judges": "shared"}
    return {
        "today": query(**(since | {"since": later(days()["today"])})),
        "week": query(**(since | {"since": later(days()["week"])})),
        "all": query(**since),
        "seconds": query(**since, sort="-time"),
        "people": query(**since, people="shared"),
        "judges": query(**since, **shared_by_judges),
        "first_position": query(**since, verdict="a"),
        "longer": query(**since, longer="on"),
        "ties": query(**since, verdict="tie"),
        "both_bad": query(**since, verdict="bad"),
        "too_fast": query(**since, fast="on"),
    }
