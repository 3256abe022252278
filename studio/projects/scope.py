"""Where a request, a run or a command is at work: inside of one project, among several, or everywhere.

Every table that belongs to projects is asked through `studio.projects.rows`, which asks here. So code that forgets to
say where it works finds nothing and writes nothing: it is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# In place of the id of a project.
EVERYWHERE = -1
NOWHERE = None

Place = int | tuple[int, ...] | None

_here: ContextVar[Place] = ContextVar("studio.projects.here", default=NOWHERE)


class OutsideProjects(RuntimeError):
    """A table of projects was asked by code that did not say in which project it works."""

    def __init__(self) -> None:
        super().__init__("Say in which project this works: `with inside(project)`, or `with everywhere()`.")


def places() -> int | tuple[int, ...]:
    """As `here`, or the ids of the projects among which one is."""
    place = _here.get()
    if place is NOWHERE:
        raise OutsideProjects
    return place


def here() -> int:
    """The id of the project at work, or EVERYWHERE. Raises OutsideProjects, also among several."""
    place = places()
    if isinstance(place, tuple):
        raise OutsideProjects
    return place


def one_here() -> int | None:
    """The id of the one project at work. None everywhere, among several and nowhere: a new row has to name its own."""
    place = _here.get()
    return None if place == EVERYWHERE or isinstance(place, tuple) else place


@contextmanager
def inside(project: Place) -> Iterator[None]:
    """Only rows of the project with this id are seen, and what is made belongs to it."""
    leave = enter(project)
    try:
        yield
    finally:
        leave()


@contextmanager
def among(projects: Iterable[int]) -> Iterator[None]:
    """The rows of these projects are seen, for a list of them all; what is made has to name its own."""
    with inside(tuple(projects)):
        yield


@contextmanager
def everywhere() -> Iterator[None]:
    """The rows of all projects are seen; what is made has to name its own."""
    with inside(EVERYWHERE):
        yield


def enter(project: Place) -> Callable[[], object]:
    """As `inside`, until somebody calls what this gives: for a streamed response, which ends elsewhere."""
    before = _here.get()
    _here.set(project)
    return lambda: _here.set(before)
