"""A whole studio whose processes are killed at random moments of its work: nothing is lost, doubled or paid twice.

`python -m tests.killing` does this for every process, with a table; a row that failed is done again by its seed.
"""

import os
import subprocess
import sys

import orjson
import pytest

from studio.settings import ROOT

KINDS = 4
SEED = os.environ.get("KILL_SEED", "23")
# From when a killed process is there again; a machine that tests side by side takes its time.
SECONDS, BUSY = 5.0, 3.0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_loses_nothing_doubles_nothing_and_work_goes_on_within_seconds() -> None:
    command = [sys.executable, "-m", "tests.killing", "--each", "2", "--seeds", SEED, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 2 * KINDS, done.stderr
    for row in rows:
        assert not row["faults"], row
        assert row["twice"] <= row["unheard"] and not row["twice_with_keys"], row
        assert row["recovered"] - row["back"] < SECONDS * BUSY, row
