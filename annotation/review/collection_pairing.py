"""Pairs of a collection's responses: what a lead asks for, how many that would be, and making them.

All of it happens in the database, in a statement for each group of prompts: no response is held in memory, and whoever
stops halfway and asks again gets the rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from annotation.models import Author, Collection, Pair, Response, Score
from annotation.review.pairing import SECONDS, make_in
from annotation.review.pairing_strategies import STRATEGIES, Strategy
from studio.database.bounds import Overdue, afresh
from studio.database.statistics import MANY, analyse
from studio.database.turns import Occupied
from studio.words import counted

SOURCE_LENGTH = 80
# One statement looks at about so many pairs, which takes some seconds.
AT_ONCE = 50_000
# So many pairs are made while a page or a program waits. `manage.py pair` makes any number.
MOST_IN_A_REQUEST = 200_000
# Seconds for which a page or a program waits for an import that is under way.
WAITS = 10
COUNTED = """
SELECT count(*), count(pair.id), count(DISTINCT met.prompt_id)
FROM ({met}) met LEFT JOIN annotation_pair pair
  ON pair.left_id = least(met.one, met.other) AND pair.right_id = greatest(met.one, met.other) AND pair.to_compare
"""


class PairingInvalid(Exception):
    """What was asked for cannot be made: the field, and what to do. `made` pairs are new all the same, and stay."""

    def __init__(self, field: str, message: str, made: int = 0) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message, self.made = field, message, made


@dataclass(frozen=True)
class Pairing:
    """What is asked for: a strategy, whose responses (none named: everybody's), and the author that it needs.

    At most `per_prompt` pairs of each prompt and at most `limit` of the collection. Where `all` or `reference` have to
    leave some out, `seed` draws those that are made. `source` is written on each new pair.
    """

    strategy: str = "all"
    authors: tuple[Author, ...] = ()
    reference: Author | None = None
    scored_by: Author | None = None
    per_prompt: int | None = None
    limit: int | None = None
    seed: int = 0
    source: str = ""

    @property
    def chooses(self) -> Strategy:
        return STRATEGIES[self.strategy]

    @property
    def needed(self) -> Author | None:
        """The author that the strategy cannot do without."""
        return {"reference": self.reference, "scored_by": self.scored_by}.get(self.chooses.needs)

    @property
    def query(self) -> str:
        return self.chooses.chosen(is_limited=bool(self.limit or self.values["per_prompt"]))

    @property
    def values(self) -> dict[str, Any]:
        """What the query's names stand for, but for the prompts and the time."""
        return {
            "authors": [author.pk for author in self.authors] or None,
            "reference": self.reference.pk if self.reference else None,
            "scored_by": self.scored_by.pk if self.scored_by else None,
            "per_prompt": self.per_prompt or self.chooses.per_prompt,
            "limit": self.limit,
            "seed": str(self.seed),
            "source": (self.source or self.chooses.source.format(author=self.needed))[:SOURCE_LENGTH],
            "metadata": "{}",
        }


@dataclass(frozen=True)
class Preview:
    """What would be made: pairs, those of them that are there already, and the prompts that they belong to.

    `is_partial`: there are more pairs than a request makes, and these are the first ones. `unscored` responses take no
    part, since nobody scored them.
    """

    pairs: int
    known: int
    prompts: int
    unscored: int = 0
    is_partial: bool = False

    @property
    def new(self) -> int:
        return self.pairs - self.known


def writers(collection: Collection) -> QuerySet[Author]:
    """Whose responses there are, by name."""
    written = Response.objects.filter(prompt__collection=collection)
    return Author.objects.filter(pk__in=written.values("author")).order_by("name", "pk")


def scorers(collection: Collection) -> QuerySet[Author]:
    """Whose scores of these responses there are, by name."""
    scored = Score.objects.filter(response__prompt__collection=collection)
    return Author.objects.filter(pk__in=scored.values("author")).order_by("name", "pk")


def check(collection: Collection, asked: Pairing) -> None:
    """Raises PairingInvalid where the author is missing that the strategy needs, or has given nothing here."""
    needs = asked.chooses.needs
    if not needs:
        return
    if asked.needed is None:
        raise PairingInvalid(needs, MISSING[needs])
    if not GIVERS[needs](collection).filter(pk=asked.needed.pk).exists():
        what = "wrote no response to" if needs == "reference" else "scored no response to"
        raise PairingInvalid(needs, f"{asked.needed} {what} the prompts of {collection.slug}. Choose another author.")


MISSING = {
    "reference": "Choose the author whose responses the others are compared with.",
    "scored_by": "Choose the reward model or judge whose scores count.",
}
GIVERS = {"reference": writers, "scored_by": scorers}


def preview(collection: Collection, asked: Pairing) -> Preview:
    """What `pair_collection` would make. Nothing is written. Raises PairingInvalid."""
    check(collection, asked)
    pairs = known = prompts = 0
    for group in groups(collection, asked):
        try:
            found = afresh(partial(count, asked, group), SECONDS)
        except Overdue as error:
            raise PairingInvalid("strategy", str(error)) from error
        pairs, known, prompts = pairs + found[0], known + found[1], prompts + found[2]
        if pairs > MOST_IN_A_REQUEST:
            return Preview(pairs, known, prompts, is_partial=True)
    return Preview(pairs, known, prompts, unscored(collection, asked))


def pair_at_once(collection: Collection, asked: Pairing, expected: Preview, at: datetime | None = None) -> int:
    """As `pair_collection`, while somebody waits for the answer. Raises PairingInvalid also for too many pairs."""
    if expected.is_partial:
        raise PairingInvalid(
            "limit",
            f"These are more than {MOST_IN_A_REQUEST:,} pairs. Set a limit, or make them all with `manage.py pair`.",
        )
    return pair_collection(collection, asked, at, waits=WAITS)


def pair_collection(
    collection: Collection,
    asked: Pairing,
    at: datetime | None = None,
    report: Callable[[int], object] = lambda made: None,
    waits: int | None = None,
) -> int:
    """Make the pairs; those that are there stay as they are. Returns how many are new.

    `at` is the time that new pairs bear, by which `pairing.unmake` finds them. `report` hears after each statement how
    many are made. An import into the collection is waited for as `make_in` says. Raises PairingInvalid; what was made
    before stays, and is counted there.
    """
    check(collection, asked)
    made, values = 0, asked.values | {"created_at": at or timezone.now()}
    for group in groups(collection, asked):
        try:
            made += make_in(collection, asked.query, values | {"prompts": group}, waits)
        except (Occupied, Overdue) as error:
            raise PairingInvalid("strategy", stopped(error, made), made) from error
        report(made)
    if made >= MANY:
        analyse(Pair)
    return made


def stopped(error: Occupied | Overdue, made: int) -> str:
    """What happened, what was made before it, and what to do."""
    if not made:
        return str(error)
    what = error.what if isinstance(error, Overdue) else str(error)
    return f"{what} {counted(made, 'pair')} made before stay. Ask again for the rest."


def count(asked: Pairing, prompts: list[int]) -> tuple[int, int, int]:
    """Of some prompts: pairs, those of them that are there, and prompts that have any."""
    with connection.cursor() as cursor:
        values = asked.values | {"prompts": prompts, "created_at": None}
        cursor.execute(COUNTED.format(met=asked.query), values)
        pairs, known, having = cursor.fetchone() or (0, 0, 0)
    return pairs, known, having


def groups(collection: Collection, asked: Pairing) -> Iterator[list[int]]:
    """The prompts that have responses, so many at a time that a statement looks at about `AT_ONCE` pairs.

    A limit over the collection is one statement's business, so all prompts come at once.
    """
    group, weight = list[int](), 0
    by_prompt = candidates(collection, asked).order_by("prompt").values_list("prompt").annotate(n=Count("pk"))
    for prompt, n in by_prompt.iterator():
        group.append(prompt)
        weight += n * (n + 1) // 2
        if weight >= AT_ONCE and not asked.limit:
            yield group
            group, weight = [], 0
    if group:
        yield group


def candidates(collection: Collection, asked: Pairing) -> QuerySet[Response]:
    found = Response.objects.filter(prompt__collection=collection)
    return found.filter(author__in=asked.authors) if asked.authors else found


def unscored(collection: Collection, asked: Pairing) -> int:
    if asked.chooses.needs != "scored_by":
        return 0
    scores = Score.objects.filter(response=OuterRef("pk"), author=asked.scored_by)
    return candidates(collection, asked).filter(~Exists(scores)).count()
