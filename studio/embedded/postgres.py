"""A PostgreSQL cluster in a folder, reached over a unix socket only."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from studio.embedded import binaries, privileges

USER = DATABASE = "studio"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # Django asks for UTC on each connection, unless it is there.
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
if sys.platform == "linux":
    # After a crash it makes sure that every file is on disk: in one call, where one by one takes seconds.
    SETTINGS |= {"recovery_init_sync_method": "syncfs"}
# For tests only: a crash of the machine may lose everything.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
# For tests only: who waits inside of libpq hears no alarm, so that it is PostgreSQL that ends what would never end.
FORGETFUL |= {"lock_timeout": "60s", "statement_timeout": "120s", "idle_in_transaction_session_timeout": "120s"}


# A killed process is gone in milliseconds, unless it waits for a disk.
ORPHANS_END_SECONDS = 5.0


class ClusterRefused(Exception):
    """The data folder cannot be opened by this PostgreSQL."""


@dataclass(frozen=True)
class Postgres:
    data: Path
    sockets: Path
    programs: Path
    durable: bool = True

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.sockets))}"

    @property
    def command(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)} | ({} if self.durable else FORGETFUL)
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [*privileges.unprivileged(), str(self.programs / "postgres"), "-D", str(self.data), *words]

    def prepare(self) -> bool:
        """Make the cluster unless it is there; whether it was made now.

        Raises ClusterRefused for a folder of another major version.
        """
        if self.data.exists():
            self.refuse_other_major()
            privileges.own(self.data)
            self.stop_leftover()
            return False
        self.make()
        return True

    def refuse_other_major(self) -> None:
        marker = self.data / "PG_VERSION"
        theirs = marker.read_text(encoding="ascii").strip() if marker.exists() else "no version"
        ours = binaries.major(self.programs)
        if theirs != str(ours):
            raise ClusterRefused(
                f"{self.data} was made by PostgreSQL {theirs}; {self.programs} holds {ours}. "
                f"Point STUDIO_PG_BIN at PostgreSQL {theirs}, or move the folder away and restore a dump."
            )

    def make(self) -> None:
        """Into a folder beside, renamed at the end: a cut `initdb` is never taken for a cluster."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        privileges.own(unfinished)
        self.call("initdb", "-D", unfinished, *self.initial())
        self.call("postgres", "--single", "-D", unfinished, "postgres", said=f"CREATE DATABASE {DATABASE}\n")
        unfinished.rename(self.data)

    def initial(self) -> list[str]:
        # The collation built into PostgreSQL 17 and later is the same on every system and in every image.
        provider = ["--locale-provider=builtin"] if binaries.major(self.programs) >= 17 else []
        return ["-U", USER, "-A", "trust", "-E", "UTF8", *provider, "--locale=C.UTF-8", "--no-sync"]

    def stop_leftover(self) -> None:
        """A server whose supervisor was killed may still be running, or still be stopping."""
        if (self.data / "postmaster.pid").exists():
            self.call("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "600", must=False)
            self.end_orphans()

    def end_orphans(self) -> None:
        """A backend that is busy outlives a killed server, and keeps the memory without which none starts again.

        To be called when the server is dead: what was committed is in its log, so that nothing is lost by it.
        """
        deadline = time.monotonic() + ORPHANS_END_SECONDS
        orphans: set[int] = set()
        while time.monotonic() < deadline:
            # One that is ending has left its folder already, and may still hold the memory.
            orphans = {pid for pid in orphans.union(self.processes()) if runs(pid)}
            if not orphans:
                return
            for pid in orphans:
                kill(pid)
            time.sleep(0.01)

    def processes(self) -> Iterator[int]:
        """The processes of PostgreSQL that live in our data folder; none where the system has no /proc."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").samefile(self.data) and (process / "comm").read_text().startswith("postgres"):
                    yield int(process.name)
            except OSError:
                # It has ended, or is somebody else's.
                continue

    def ready(self, pid: int) -> bool:
        """Whether the server `pid` takes connections; it says so in its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def call(self, program: str, *words: str | Path, said: str = "", must: bool = True) -> None:
        command = [*privileges.unprivileged(), str(self.programs / program), *map(str, words)]
        answer = subprocess.run(command, input=said, capture_output=True, text=True, check=False, cwd="/")
        if must and answer.returncode:
            raise ClusterRefused(f"{program} failed ({answer.returncode}): {answer.stderr.strip()}")


def runs(pid: int) -> bool:
    """Whether a process is there, and more than a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
