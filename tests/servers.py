"""A pytest plugin: real PostgreSQL and Valkey in a temporary folder, there before Django reads its settings.

One pair of servers for a whole run. The workers of pytest-xdist inherit their addresses; each has its own databases.
"""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from studio.embedded import servers
from studio.embedded.folder import Folder

SECRET = "for tests only: " + "x" * 40
running = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """As a wrapper this comes before pytest-django, whose own hook reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], 1 + int(worker.removeprefix("gw")))
    else:
        start()
    return (yield)


def start() -> None:
    # More than a hundred processes follow, each of which would compile our own modules where the environment says so.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    root = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="xwin-tests-")))
    os.environ["STUDIO_VAR"] = str(root / "var")
    os.environ["STUDIO_SECRET_KEY"] = SECRET
    os.environ.update(running.enter_context(servers.running(Folder(root), durable=False)))


def with_database(redis_url: str, number: int) -> str:
    return f"{redis_url.partition('?')[0]}?db={number}"


def pytest_unconfigure() -> None:
    running.close()
