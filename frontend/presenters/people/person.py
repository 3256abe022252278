"""What the page of one person shows besides their judgments: weeks as bars, collections as rows, what they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from annotation.models import Author, Collection
from annotation.review.activity import Activity, Asked, activity, parts
from annotation.review.activity_cache import key, remembered
from annotation.review.agreement import Companion, agreements_of
from frontend.presenters.people.figures import query

WEEKS = 26
DAYS = 7
# Of the chart, in pixels; bars are as wide as this share of their week's room.
HEIGHT, BAR = 64, 0.8


@dataclass(frozen=True)
class Week:
    """One bar: where it stands (per cent across, pixels down), the judgments it opens, and what it says."""

    begins: date
    told: Activity
    x: float
    y: float
    width: float
    height: float
    query: str


@dataclass(frozen=True)
class Part:
    """One person's figures in one collection."""

    name: str
    slug: str
    told: Activity
    query: str


@dataclass(frozen=True)
class Work:
    """What somebody did, counted at one moment."""

    told: Activity
    weeks: list[Week]
    collections: list[Part]
    companions: list[Companion]


def work(person: int, author: Author | None) -> Work:
    """As it was last counted: see `annotation.review.activity_cache`."""
    asked = Asked(person=person)

    def counted() -> Work:
        told = activity(asked).get(person, Activity())
        return Work(told, weeks(person), collections(person), agreements_of(author) if author else [])

    return remembered(f"{key(asked)}:work", counted)


def weeks(person: int) -> list[Week]:
    """The last half year, from the oldest week in which anything was judged."""
    counted = parts(Asked(person=person), "week", with_shares=False)
    by_week = {date.fromisoformat(part): told for (_, part), told in counted.items()}
    shown = [begins for begins in last_weeks() if begins >= min(by_week, default=monday())]
    highest = max((told.n for told in by_week.values()), default=1)
    told = [by_week.get(begins, Activity()) for begins in shown]
    return [bar(number, len(shown), begins, told[number], highest) for number, begins in enumerate(shown)]


def last_weeks() -> Iterator[date]:
    return (monday() - timedelta(days=DAYS * back) for back in reversed(range(WEEKS)))


def monday() -> date:
    """Of this week."""
    today = timezone.localdate()
    return today - timedelta(days=today.weekday())


def bar(number: int, count: int, begins: date, told: Activity, highest: int) -> Week:
    # Few weeks are not drawn as wide as the page.
    room = 100 / max(count, 13)
    # A week with any judgment is seen.
    height = max(2.0, told.n / highest * HEIGHT) if told.n else 0.0
    return Week(
        begins,
        told,
        x=round(number * room, 3),
        y=round(HEIGHT - height, 1),
        width=round(room * BAR, 3),
        height=round(height, 1),
        query=query(since=begins, until=begins + timedelta(days=DAYS - 1)),
    )


def collections(person: int) -> list[Part]:
    """Most judgments first."""
    names = dict(Collection.objects.values_list("slug", "name"))
    found = [
        Part(names.get(slug, slug), slug, told, query(collection=slug))
        for (_, slug), told in parts(Asked(person=person), "collection").items()
    ]
    return sorted(found, key=lambda part: (-part.told.n, part.name))
