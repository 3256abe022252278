"""A run that moves a collection to another project, and the runs that are in its way."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.dispatch import receiver

from annotation.models import Collection, Move, Pair
from annotation.moves import versions
from annotation.moves.move import gather, move
from annotation.moves.preview import Asked, MoveRefused, counts, refusals, refusing
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.database.turns import Occupied
from studio.projects.models import Project
from studio.projects.scope import everywhere
from training.models import Run, RunVersion
from training.runs import launching
from training.runs.failures import RunFailed, RunStopped
from training.worker import transitions
from training.worker.renewal import Renewal

NAMED = 3


def start(asked: Asked, by: User) -> Run:
    """A queued run that moves it. Raises PermissionDenied, MoveRefused."""
    must_be_allowed(by, asked.project)
    if found := refusals(asked):
        raise MoveRefused(found)
    settings = {"collection": asked.collection.slug, "project": asked.project.slug, "slug": asked.slug}
    return launching.launch(Run.Kind.MOVE, settings, by=by)


def must_be_allowed(by: User, project: Project) -> None:
    if not by.can(Capability.MANAGE_DATA) or not by.projects_to(Capability.MANAGE_DATA).contains(project):
        raise PermissionDenied("To move a collection you need the right to manage data in both projects.")


def work(run: Run, renewal: Renewal) -> dict[str, Any]:
    """The move, all of it or nothing. Raises RunFailed, RunStopped."""
    if made := moved_before(run):
        if made.reached and made.collection.project_id == made.reached_id:
            gather(made.collection, made.reached)
        return {"counts": made.counts, "move": made.pk}
    settings, by = run.spec["settings"], run.requested_by
    collection = Collection.objects.filter(slug=settings["collection"]).first()
    project = Project.objects.filter(slug=settings["project"]).first()
    if collection is None or project is None or by is None:
        raise RunFailed("The collection or the project is not there any more. Nothing was moved.")
    asked = Asked(collection, project, settings["slug"])
    try:
        must_be_allowed(by, project)
        with Progress(run, renewal, sum(counts(collection).values())) as progress:
            made = move(asked, by, by_run=run.pk, told=progress.add)
    except (PermissionDenied, MoveRefused, Occupied) as error:
        raise RunFailed(f"{error} Nothing was moved.") from error
    return {"counts": made.counts, "move": made.pk}


def moved_before(run: Run) -> Move | None:
    """By an earlier attempt, whose worker died before it could say so, or gather what others wrote meanwhile."""
    settings = run.spec["settings"]
    moves = Move.objects.filter(left=run.project_id, slug_there=settings["collection"], at__gte=run.created_at)
    return moves.filter(reached__slug=settings["project"]).select_related("collection", "reached").first()


class Progress:
    """How many rows have moved, on the run's row: written by another connection, since the move is one transaction."""

    def __init__(self, run: Run, renewal: Renewal, total: int) -> None:
        self.renewal, self.total, self.done = renewal, total, 0
        self.writer = ThreadPoolExecutor(1)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.submit(connection_closed).result()
        self.writer.shutdown()

    def add(self, n: int) -> None:
        """Raises RunStopped where the run is to stop: then nothing has moved."""
        if self.renewal.must_stop:
            raise RunStopped("Nothing was moved.")
        self.done = min(self.done + n, self.total)
        self.writer.submit(self.write).result()

    @everywhere()
    def write(self) -> None:
        transitions.report(self.renewal.held, done=self.done, total=self.total, unit="rows")


def connection_closed() -> None:
    connection.close()


@receiver(refusing)
def in_the_way(collection: Collection, by_run: int | None, **_: Any) -> list[str]:
    """Runs that wait or work with it, or with one of its versions."""
    found = [run for run in open_runs(by_run) if works_on(run, collection)]
    says = "The run “{}” is {} and works with it. Wait until it has ended, or cancel it."
    return [says.format(run.name, run.state) for run in found[:NAMED]]


def open_runs(by_run: int | None) -> list[Run]:
    found = Run.objects.filter(state__in=Run.OPEN).order_by("pk")
    return [run for run in found if run.pk != by_run]


def works_on(run: Run, collection: Collection) -> bool:
    """Whether it names the collection, or has to do with its versions, as may its recipe or the runs that it reads."""
    sources = [output["run"] for output in run.spec.get("outputs", {}).values()]
    root = run.parent_id or run.pk
    family = Q(pk__in=[run.pk, root, *sources]) | Q(parent=root)
    versions_of = RunVersion.objects.filter(run__in=Run.objects.filter(family).values("pk"))
    if versions_of.filter(version__in=versions.touched(collection).order_by().values("pk")).exists():
        return True
    settings = run.spec.get("settings", {})
    pairs = Pair.every.filter(pk__in=settings.get("pairs") or (), collection=collection)
    return settings.get("collection") == collection.slug or pairs.exists()
