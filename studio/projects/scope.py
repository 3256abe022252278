"""Where a request, a run or a command is at work: inside of one project, or everywhere.

Every table that belongs to projects is asked through `studio.projects.rows`, which asks here. So code that forgets to
say where it works finds nothing and writes nothing: it is refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# In place of the id of a project.
EVERYWHERE = -1
NOWHERE = None

_here: ContextVar[int | None] = ContextVar("studio.projects.here", default=NOWHERE)


class OutsideProjects(RuntimeError):
    """A table of projects was asked by code that did not say in which project it works."""

    def __init__(self) -> None:
        super().__init__("Say in which project this works: `with inside(project)`, or `with everywhere()`.")


def here() -> int:
    """The id of the project at work, or EVERYWHERE. Raises OutsideProjects."""
    project = _here.get()
    if project is NOWHERE:
        raise OutsideProjects
    return project


def one_here() -> int | None:
    """The id of the one project at work; None everywhere and nowhere: then a new row has to name its own."""
    project = _here.get()
    return None if project == EVERYWHERE else project


@contextmanager
def inside(project: int | None) -> Iterator[None]:
    """Only rows of the project with this id are seen, and what is made belongs to it."""
    leave = enter(project)
    try:
        yield
    finally:
        leave()


@contextmanager
def everywhere() -> Iterator[None]:
    """The rows of all projects are seen; what is made has to name its own."""
    with inside(EVERYWHERE):
        yield


def enter(project: int | None) -> Callable[[], object]:
    """As `inside`, until somebody calls what this gives: for a streamed response, which ends elsewhere."""
    before = _here.get()
    _here.set(project)
    return lambda: _here.set(before)
