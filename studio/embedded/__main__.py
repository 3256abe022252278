"""`python -m studio.embedded`: the whole studio in one terminal. `make run` ends here."""

import os
import sys
from pathlib import Path

from studio.embedded.binaries import ServerMissing
from studio.embedded.folder import AlreadyRunning, Folder
from studio.embedded.postgres import ClusterRefused
from studio.embedded.privileges import RootRefused
from studio.embedded.servers import ServerDied
from studio.embedded.steps import ROOT, StepFailed
from studio.embedded.supervisor import PortTaken, Supervisor

REFUSALS = (AlreadyRunning, ClusterRefused, PortTaken, RootRefused, ServerDied, ServerMissing, StepFailed)


def port() -> int:
    value = os.environ.get("STUDIO_PORT", "8000")
    if not value.isdecimal() or not 0 < int(value) < 2**16:
        raise PortTaken(f"STUDIO_PORT={value!r} is not a port: write a number from 1 to 65535.")
    return int(value)


def main() -> int:
    root = Path(os.environ.get("STUDIO_VAR", ROOT / "var")).resolve()
    try:
        Supervisor(Folder(root), os.environ.get("STUDIO_HOST", "127.0.0.1"), port()).run()
    except KeyboardInterrupt:
        # The second Ctrl-C. What still runs ends with us; the servers' data survives that.
        return 130
    except REFUSALS as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
