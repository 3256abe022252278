"""A whole studio whose processes are killed at random moments of its work: nothing is lost, doubled or paid twice.

`python -m tests.killing` does this for every process, with a table; a row that failed is done again by its seed.
"""

import os
import subprocess
import sys
from typing import Any

import orjson
import pytest

from studio.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# On a machine that does nothing else; start-up of a process is counted apart.
SECONDS = 5.0
BUSY = 3.0
KINDS = ("import", "judging", "sampling", "training")
SEED = os.environ.get("KILL_SEED", "23")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.killing", "--each", "2", "--seeds", SEED, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 2 * len(KINDS), done.stderr
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_loses_nothing_doubles_nothing_and_work_goes_on_within_seconds(
    kind: str, rows: list[dict[str, Any]]
) -> None:
    for row in rows:
        if row["kind"] == kind:
            assert not row["faults"], row
            assert row["twice"] <= row["unheard"] and not row["twice_with_keys"], row
            assert row["recovered"] - row["back"] < SECONDS * BUSY, row
