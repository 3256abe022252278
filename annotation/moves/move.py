"""The move itself: one transaction over all tables, set by set, in which nobody else changes what moves.

Texts go first, since their indexes take longest. Only then are the pairs locked, in the order of their ids as by all
who lock pairs (`review.pair_lock`): whoever is about to judge one waits, and is told afterwards that it is not here.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from annotation.models import Assignment, Collection, Move, Prompt, Response, Score
from annotation.moves import authors, tables, versions
from annotation.moves.authors import Counterpart, Counterparts
from annotation.moves.preview import Asked, MoveRefused, counts, refusals
from annotation.review.pairing import turn_of
from annotation.review.queue import FREE
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.database.statistics import analyse
from studio.database.turns import in_turn
from studio.projects.erasing import Table
from studio.projects.models import Project
from studio.projects.scope import inside

# So many prompts at once, with all that hangs on them: PostgreSQL has a bound for each statement.
AT_ONCE = 2_000
# Nobody reads or judges these by a lock, so they go before the pairs are held.
TEXTS: tuple[Table, ...] = (Response, Score)
SECONDS = 300
LOCK = "SELECT id FROM annotation_pair WHERE collection_id = %s ORDER BY id FOR NO KEY UPDATE"
# Whoever freezes a version reads it with a lock at the end: see `datasets.versions.refuse_moved`.
HOLD = "SELECT id FROM annotation_collection WHERE id = %s FOR UPDATE"

# Called with the number of rows that have moved since the last call. It may raise: then nothing has moved.
Told = Callable[[int], object]


def move(asked: Asked, by: User, *, by_run: int | None = None, told: Told = lambda _: None) -> Move:
    """All of it, or nothing. Raises MoveRefused, Occupied."""
    collection, project = asked.collection, asked.project
    says = f"A file is being imported into {collection}, or its pairs are being made. Move it when that has ended."
    with in_turn(*turns(asked), says=says, seconds=SECONDS):
        execute(HOLD, collection)
        list(versions.touched(collection).select_for_update().values_list("pk", flat=True))
        if found := refusals(asked, by_run):
            raise MoveRefused(found)
        kept, met = counts(collection), authors.counterparts(authors.of_collection(collection), project.pk, {})
        moved = versions.numbered(collection, project.pk)
        carry(collection, project, met, told)
        versions.move(moved, project.pk, (collection.slug, asked.slug), met)
        Collection._base_manager.filter(pk=collection.pk).update(project=project, slug=asked.slug)
        authors.forget_cards(met)
        analyse(Prompt, *tables.along())
        made = traced(asked, by, kept)
    gather(collection, project, met)
    return made


def turns(asked: Asked) -> list[str]:
    """Nobody imports into the collection meanwhile, makes its pairs or numbers a version of a name that moves."""
    names = versions.touched(asked.collection).order_by().values_list("name", flat=True).distinct()
    return [turn_of(asked.collection.pk), *(f"annotation.version {name}" for name in names)]


def carry(collection: Collection, project: Project, met: Counterparts, told: Told) -> None:
    """Every row but the versions and the collection itself."""
    for prompts in chunks(collection):
        for model in TEXTS:
            told(take(model, prompts, project, met))
    execute(LOCK, collection)
    rest = [model for model in tables.along() if model not in TEXTS]
    for prompts in chunks(collection):
        for model in rest:
            told(take(model, prompts, project, met))
        told(prompts.update(project=project))
    for model in tables.beside():
        told(take_beside(model, collection, project, met))
    # Whoever has a pair on the screen may be in this project only.
    Assignment._base_manager.filter(collection=collection, state=Assignment.State.LEASED).update(**FREE)


def chunks(collection: Collection) -> Iterator[QuerySet[Prompt]]:
    last, prompts = 0, Prompt._base_manager.filter(collection=collection).order_by("pk")
    while end := Prompt._base_manager.filter(pk__in=prompts.filter(pk__gt=last).values("pk")[:AT_ONCE]).aggregate(
        end=Max("pk")
    )["end"]:
        yield prompts.filter(pk__gt=last, pk__lte=end).order_by()
        last = end


def take(model: Table, prompts: QuerySet[Prompt], project: Project, met: Counterparts) -> int:
    """The rows of a table that hang on these prompts; how many there were."""
    ways = [model._base_manager.filter(**{f"{way}__in": prompts.values("pk")}) for way in tables.along()[model]]
    return sum(taken(rows.exclude(project=project), project, met) for rows in ways)


def take_beside(model: Table, collection: Collection, project: Project, met: Counterparts) -> int:
    """The rows of a table that hang on the collection itself; how many there were."""
    rows = model._base_manager.filter(**{tables.beside()[model]: collection})
    return taken(rows.exclude(project=project), project, met)


def taken(rows: QuerySet[Any], project: Project, met: Counterparts) -> int:
    """Whoever came to the collection while it moved is met as well."""
    authors.meet(rows, project.pk, met)
    return rows.update(project=project, **rewritten(rows.model, met))


def rewritten(model: Table, met: Counterparts) -> dict[str, Counterpart]:
    return {name: Counterpart(name, met) for name in tables.authored(model)}


def execute(sql: str, collection: Collection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [collection.pk])


def gather(collection: Collection, project: Project, met: Counterparts | None = None) -> None:
    """What others wrote while it moved, such as a flag or a skipped pair, and committed under the old project.

    A second time changes nothing.
    """
    met = {} if met is None else met
    with transaction.atomic():
        for prompts in chunks(collection):
            for model in tables.along():
                take(model, prompts, project, met)
            prompts.exclude(project=project).update(project=project)
        for model in tables.beside():
            take_beside(model, collection, project, met)


def traced(asked: Asked, by: User, kept: dict[str, int]) -> Move:
    """A row of the collection's, and a line in the record of both projects."""
    collection, left, reached = asked.collection, asked.collection.project, asked.project
    record = audit.record
    with inside(left.pk):
        record(AuditEntry.Act.MOVED, by, None, f"moved the collection {collection.slug} to the project {reached}")
    with inside(reached.pk):
        said = f"moved the collection {asked.slug} here from the project {left}"
        record(AuditEntry.Act.MOVED, by, None, said)
    return Move.objects.create(
        collection=collection,
        left=left,
        left_name=left.name,
        slug_there=collection.slug,
        reached=reached,
        reached_name=reached.name,
        by=by,
        counts=kept,
    )
