"""`python -m tests.bench [GROUP …]`: measures a studio of its own, and prints each figure beside its bar."""

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator

from tests.bench import (
    fresh,
    ingesting,
    judging,
    memory,
    moving,
    pages,
    projects,
    reviewing,
    running,
    starting,
    training,
)
from tests.bench.figures import Found, table
from tests.bench.studio import Studio, opened

# In this order: memory is measured before anybody uses the studio, pages with much in it.
GROUPS: dict[str, Callable[[Studio], Iterable[Found]]] = {
    "starting": starting.measure,
    "memory": memory.measure,
    "reviewing": reviewing.measure,
    "running": running.measure,
    "training": training.measure,
    "ingesting": ingesting.measure,
    "moving": moving.measure,
    "judging": judging.measure,
    "pages": pages.measure,
    "projects": projects.measure,
}


def asked() -> Namespace:
    parser = ArgumentParser(prog="tests.bench", description="Figures beside their bars. Best on a machine at rest.")
    parser.add_argument("group", nargs="*", choices=[*GROUPS, []], help="All if none is named.")
    parser.add_argument("--fresh", action="store_true", help="Also from a clean clone in an empty home.")
    parser.add_argument("--json", action="store_true", help="Figures as JSON, for a program.")
    return parser.parse_args()


def figures(given: Namespace) -> Iterator[Found]:
    if given.fresh:
        yield from fresh.measure()
    with opened() as studio:
        for name in given.group or GROUPS:
            sys.stderr.write(f"Measuring {name} …\n")
            yield from GROUPS[name](studio)


def machine() -> str:
    """What else the machine was doing says how far its figures can be trusted."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}"


def main(given: Namespace) -> None:
    before, found = machine(), list(figures(given))
    if given.json:
        told = {"before": before, "after": machine(), "figures": [one.plain() for one in found]}
        sys.stdout.write(f"{json.dumps(told, indent=2)}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in (*table(found), f"Before: {before}. After: {machine()}."))


if __name__ == "__main__":
    main(asked())
