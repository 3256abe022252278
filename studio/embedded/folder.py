"""The one folder in which a studio keeps everything: `var`."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# The address of a unix socket holds 104 bytes (macOS) to 108 (Linux); the longest name we put there has 14.
LONGEST_SOCKET_FOLDER = 88


class AlreadyRunning(Exception):
    """Another supervisor holds this folder."""


@dataclass(frozen=True)
class Folder:
    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def stamps(self) -> Path:
        return self.root / "stamps"

    @property
    def sockets(self) -> Path:
        """Beside the data, or under the temporary folder where that path would be too long for a socket."""
        beside = self.root / "run"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"xwin-studio-{os.getuid()}-{name}"

    def prepare(self) -> None:
        for folder in (self.root, self.logs, self.stamps, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
        self.sockets.chmod(0o700)
        if self.sockets.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.sockets} belongs to somebody else. Choose a shorter STUDIO_VAR.")

    def lock(self) -> IO[str]:
        """Held while the returned file is open. Raises AlreadyRunning with the holder's own words."""
        self.root.mkdir(parents=True, exist_ok=True)
        holder = (self.root / "supervisor.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder.seek(0)
            raise AlreadyRunning(f"A studio already runs on {self.root}: {holder.read().strip()}") from None
        holder.truncate(0)
        holder.write(f"process {os.getpid()}")
        holder.flush()
        return holder

    def secret_key(self) -> Path:
        """The file of the key that signs sessions: made once, readable by its owner alone."""
        path = self.root / "secret-key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(50))
        return path

    def log(self, name: str, keep: int = 10 * 2**20) -> Path:
        """The log of a child; one that grew past `keep` bytes is put aside first."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > keep:
            path.replace(path.with_suffix(".log.1"))
        return path
