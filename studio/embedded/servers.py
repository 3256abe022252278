"""The two servers as children: those of the environment where it names them, else our own."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from studio.embedded import binaries
from studio.embedded.children import Child
from studio.embedded.folder import Folder
from studio.embedded.postgres import Postgres
from studio.embedded.valkey import Valkey

STOP_SECONDS = 60.0


class ServerDied(Exception):
    """A server ended before it was ready."""


@dataclass(frozen=True)
class Server:
    """A child with the question whether it is ready, and the variable by which others find it."""

    child: Child
    ready: Callable[[], bool]
    variable: str
    url: str

    def wait_until_ready(self) -> None:
        """As long as it lives: recovery after a crash has no time limit."""
        while not self.ready():
            if not self.child.running:
                raise ServerDied(f"{self.child.name} {self.child.last_words}; its log is {self.child.log}")
            time.sleep(0.01)


def own_servers(folder: Folder, durable: bool = True) -> list[Server]:
    """The servers that the environment does not name, prepared but not started."""
    servers = []
    if not named("DATABASE_URL"):
        servers.append(own_postgres(folder, durable))
    if not named("REDIS_URL"):
        servers.append(own_valkey(folder, durable))
    return servers


def own_postgres(folder: Folder, durable: bool) -> Server:
    postgres = Postgres(folder.root / "postgres", folder.sockets, binaries.postgres_folder(), durable)
    postgres.prepare()
    child = Child(
        "postgres",
        postgres.command,
        folder.log("postgres"),
        os.environ,
        stop_with=signal.SIGINT,
        orphan_with=signal.SIGINT,
        clear=postgres.end_orphans,
    )
    return Server(child, lambda: postgres.ready(child.pid), "DATABASE_URL", postgres.url)


def own_valkey(folder: Folder, durable: bool) -> Server:
    valkey = Valkey(folder.root / "valkey", folder.sockets, binaries.valkey_program(), durable)
    valkey.prepare()
    child = Child("valkey", valkey.command, folder.log("valkey"), os.environ, orphan_with=signal.SIGTERM)
    return Server(child, valkey.ready, "REDIS_URL", valkey.url)


def named(variable: str) -> bool:
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def start_all(servers: list[Server], meanwhile: Callable[[], None] = lambda: None) -> dict[str, str]:
    """Start them side by side; the environment by which others find them, once all are ready."""
    for server in servers:
        server.child.start()
    meanwhile()
    for server in servers:
        server.wait_until_ready()
    return addresses(servers)


def addresses(servers: list[Server]) -> dict[str, str]:
    return {server.variable: server.url for server in servers}


def stop_all(servers: list[Server]) -> None:
    for server in servers:
        server.child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers:
        server.child.wait(deadline)


@contextmanager
def running(folder: Folder, durable: bool = True) -> Iterator[dict[str, str]]:
    """Both servers for the length of a block; gives DATABASE_URL and REDIS_URL of those that are ours."""
    folder.prepare()
    servers = own_servers(folder, durable)
    try:
        yield start_all(servers)
    finally:
        stop_all(servers)
