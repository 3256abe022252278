"""Whether a program moves: what it prints, logs, saves and writes changes its run directory."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

TOLD = ("log.txt", "progress.json", "metrics.jsonl", "output", "checkpoints")
# So often the directory is looked at: files may lie on another machine.
LOOK_SECONDS = 5.0


class SignsOfLife:
    """Begins as alive. By the clock of this process, since that of the files may be another machine's."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.seen = self.look()
        self.changed_at = self.looked_at = time.monotonic()

    def are_missing_for(self, seconds: float) -> bool:
        """Whether nothing has changed for so long; never for 0."""
        now = time.monotonic()
        if seconds and now - self.looked_at >= min(LOOK_SECONDS, seconds):
            self.looked_at = now
            if (found := self.look()) != self.seen:
                self.seen, self.changed_at = found, now
        return bool(seconds) and now - self.changed_at >= seconds

    def look(self) -> list[tuple[str, int, int]]:
        """Each file with its size and time; what vanishes meanwhile, or cannot be read now, has moved too."""
        found = []
        for name in TOLD:
            for path in each(self.directory / name):
                try:
                    told = os.stat(path)
                except OSError:
                    continue
                found.append((path, told.st_size, told.st_mtime_ns))
        return sorted(found)


def each(path: Path) -> Iterator[str]:
    """It and all below it. A folder that is rotated away meanwhile is passed over, which `Path.rglob` does not."""
    yield str(path)
    for folder, folders, files in os.walk(path):
        yield from (os.path.join(folder, name) for name in (*folders, *files))
