"""Folders and servers for tests of the supervisor; its environment names no other servers."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from studio.embedded import binaries
from studio.embedded.folder import Folder
from studio.embedded.postgres import Postgres
from studio.embedded.servers import Server, own_postgres, own_valkey, start_all, stop_all

# What each process of a started studio is told apart by.
PROCESSES = {
    "web": "uvicorn",
    "worker-cpu": "-Q cpu",
    "worker-judge": "-Q judge",
    "worker-gpu": "-Q gpu",
    "beat": "studio beat",
    "valkey": "valkey-server",
    "postgres": "bin/postgres",
}


@pytest.fixture(autouse=True)
def _no_other_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "STUDIO_PG_BIN", "STUDIO_REDIS_BIN", "STUDIO_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "var")
    made.prepare()
    return made


@pytest.fixture
def cluster(folder: Folder) -> Postgres:
    """Described, not made."""
    return Postgres(folder.root / "postgres", folder.sockets, binaries.postgres_folder())


@pytest.fixture
def postgres(folder: Folder) -> Iterator[Server]:
    server = own_postgres(folder, durable=True)
    start_all([server])
    yield server
    stop_all([server])


@pytest.fixture
def valkey(folder: Folder) -> Iterator[Server]:
    server = own_valkey(folder, durable=True)
    start_all([server])
    yield server
    stop_all([server])


def connect(server: Server) -> connection:
    made = psycopg2.connect(server.url)
    made.autocommit = True
    return made


def runs(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(true: Callable[[], bool]) -> None:
    latest = time.monotonic() + 60
    while not true():
        assert time.monotonic() < latest
        time.sleep(0.01)


def children_of(pid: int) -> dict[int, str]:
    """pid → command line of the direct children."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found[int(entry.name)] = command
    return found


def plain_environment() -> dict[str, str]:
    """The environment without what the test run set for itself."""
    ours = ("STUDIO_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
