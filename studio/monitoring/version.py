"""Which code a process runs: workers that were not started anew after an update run another than the pages."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("studio", "annotation", "training", "frontend")


@cache
def code() -> str:
    """A digest of our Python files as they are at the first call, which every process makes when it starts."""
    state = hashlib.sha256()
    for path in sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py")):
        state.update(f"{path.relative_to(ROOT)}\n".encode())
        state.update(path.read_bytes())
    return state.hexdigest()[:12]
