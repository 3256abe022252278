"""How busy the GPUs of this machine are, asked in a thread of its own: a driver may take seconds to answer."""

import subprocess
import threading
from dataclasses import asdict
from typing import Any

from studio import gpus

EVERY_SECONDS = 10.0


class GpuUsage(threading.Thread):
    """`seen` is the last answer: `utilization` in per cent and `used_mib`, by UUID."""

    def __init__(self) -> None:
        super().__init__(name="usage of GPUs", daemon=True)
        self.seen: dict[str, dict[str, Any]] = {}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            self.look()
            self._over.wait(EVERY_SECONDS)

    def look(self) -> None:
        try:
            self.seen = {uuid: asdict(found) for uuid, found in gpus.usage().items()}
        except subprocess.TimeoutExpired:
            self.seen = {}

    def end(self) -> None:
        self._over.set()
