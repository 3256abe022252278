"""Child processes that start, end, are restarted, and never outlive their supervisor."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.die_with_parent import leashed

SETTLED = 10.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """One program under supervision.

    `stop_with` asks it to end, `orphan_with` is sent when the supervisor dies, `niceness` is how far it gives way.
    `clear` ends what it leaves behind in groups of their own when it is killed.
    """

    name: str
    command: list[str]
    log: Path
    environ: Mapping[str, str]
    stop_with: signal.Signals = signal.SIGTERM
    orphan_with: signal.Signals = signal.SIGKILL
    niceness: int = 0
    clear: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = field(default=0.0)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                leashed(self.command, self.orphan_with, self.niceness),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environ),
                # Ctrl-C reaches the terminal's whole group; the supervisor alone decides the order of ending.
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def last_words(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode if self.process else None
        if code is None:
            return "has not ended"
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"

    def bury(self) -> float:
        """Clear away what a dead child left running; the seconds to wait before it may start again."""
        self.signal_group(signal.SIGKILL)
        self.clear()
        settled = time.monotonic() - self.started_at > SETTLED
        self.failures = 0 if settled else self.failures + 1
        return 0.0 if self.failures <= 1 else min(2.0 ** (self.failures - 2), LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        if self.process and self.running:
            self.process.send_signal(self.stop_with)

    def wait(self, deadline: float) -> None:
        """Until it ends, or is killed at `deadline` (a `time.monotonic()`)."""
        if self.process is None:
            return
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            self.signal_group(signal.SIGKILL)
            self.process.wait()

    def signal_group(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
