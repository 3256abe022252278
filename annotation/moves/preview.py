"""What a move would do: how much goes along, whose judgments do, and what is in the way. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from annotation.judges import retention
from annotation.models import Collection, ProjectDefaults, Prompt
from annotation.moves import authors, tables, versions
from annotation.moves.versions import Numbered
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.projects.erasing import Table, words
from studio.projects.models import Project
from studio.words import counted

# `collection` is about to be moved by the run with the id `by_run`, or somebody asks whether it can be (then null).
# Receivers give sentences that say what is in the way, each with its remedy.
refusing = Signal()


@dataclass(frozen=True)
class Asked:
    """A collection of the project at work, to another one, where it has this slug."""

    collection: Collection
    project: Project
    slug: str


@dataclass(frozen=True)
class Preview:
    """`counts` by the names of the tables; `refusals` is empty where nothing is in the way.

    `warning` says what would be lost later; empty where nothing would.
    """

    counts: dict[str, int]
    people: list[dict[str, Any]] = field(default_factory=list)
    versions: list[Numbered] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    warning: str = ""


class MoveRefused(Exception):
    """What is in the way, with what to do."""

    def __init__(self, refusals: list[str]) -> None:
        super().__init__(" ".join(refusals))
        self.refusals = refusals


def targets(by: User) -> QuerySet[Project]:
    """Where this person may move a collection of the project at work: projects whose data they manage."""
    return by.projects_to(Capability.MANAGE_DATA).filter(archived_at=None).order_by("name")


def preview(asked: Asked) -> Preview:
    return Preview(
        counts=counts(asked.collection),
        people=authors.people(authors.of_collection(asked.collection)),
        versions=versions.numbered(asked.collection, asked.project.pk),
        refusals=refusals(asked),
        warning=erases(asked),
    )


def erases(asked: Asked) -> str:
    """What the other project keeps for some days only, and is older."""
    days = ProjectDefaults._base_manager.filter(project=asked.project).values_list("keep_raw_days", flat=True).first()
    if days is None:
        return ""
    of_it = Q(pair__collection=asked.collection) | Q(response__prompt__collection=asked.collection)
    n = retention.old(timezone.now() - timedelta(days=days)).filter(of_it).count()
    says = "{} keeps raw records for {}: the night after the move what judges wrote in {} goes for good."
    return says.format(asked.project, counted(days, "day"), counted(n, "judge call")) if n else ""


def counts(collection: Collection) -> dict[str, int]:
    """Of the tables that have any rows of it; its versions too."""
    found = {words(model): sum(each.count() for each in rows) for model, rows in moving(collection)}
    return {name: n for name, n in found.items() if n} | versions_counted(collection)


def versions_counted(collection: Collection) -> dict[str, int]:
    n = versions.touched(collection).count()
    return {"dataset versions": n} if n else {}


def moving(collection: Collection) -> Iterator[tuple[Table, list[QuerySet[Any]]]]:
    """The rows that go along, by table."""
    prompts = Prompt._base_manager.filter(collection=collection)
    yield Prompt, [prompts]
    for model, ways in tables.along().items():
        yield model, [model._base_manager.filter(**{f"{way}__in": prompts.values("pk")}).order_by() for way in ways]
    for model, way in tables.beside().items():
        yield model, [model._base_manager.filter(**{way: collection}).order_by()]


def refusals(asked: Asked, by_run: int | None = None) -> list[str]:
    """Sentences; none where the collection can be moved now."""
    found = [*places(asked), *versions.refusals(asked.collection)]
    for _, said in refusing.send(Collection, collection=asked.collection, by_run=by_run):
        found += said or ()
    return found


def places(asked: Asked) -> Iterator[str]:
    """What the two projects have against it."""
    collection, project = asked.collection, asked.project
    if project.pk == collection.project_id:
        yield f"{collection} is in {project} already. Choose another project."
    for one in (collection.project, project):
        if one.archived_at:
            yield f"The project {one} is archived: it is read and not changed. A lead of it can restore it."
    if Collection._base_manager.filter(project=project, slug=asked.slug).exclude(pk=collection.pk).exists():
        yield f"{project} has a collection with the short name {asked.slug} already. Choose another short name."
